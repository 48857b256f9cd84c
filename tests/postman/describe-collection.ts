/**
 * The Postman collection as Jest tests: a test for each request, in the order of the collection.
 * A section runs as a whole before its first test, since its requests build on one another.
 */

import { readCollection, type Section, sectionsOf } from "../../scripts/postman/collection.mjs";
import {
  CollectionRun,
  type RequestResult,
  type SectionResult,
} from "../../scripts/postman/collection-run.mjs";
import { type Step, stepBefore } from "../../scripts/postman/plan.mjs";
import { reportOf } from "../../scripts/postman/report.mjs";
import { misfitsOf } from "../harness/described-answers.js";

export interface CollectionStage {
  readonly name: string;
  /** The nodes' addresses by their names, once the cluster runs. */
  readonly environment: () => readonly { readonly key: string; readonly value: string }[];
  readonly act: (step: Step) => Promise<void>;
}

/** Above what the runner itself allows a section, and the start of a container. */
const SECTION_TIMEOUT_MS = 400_000;

export function describeCollection({ name, environment, act }: CollectionStage): void {
  describe(`Postman collection: ${name}`, () => {
    const collection = readCollection();
    const results: SectionResult[] = [];
    let run: CollectionRun;
    beforeAll(() => {
      run = new CollectionRun(collection, environment());
    });
    afterAll(() => {
      process.stderr.write(`\n${reportOf(results)}\n`);
    });

    describe.each(sectionsOf(collection))("$name", (section: Section) => {
      let played: SectionResult;
      beforeAll(async () => {
        const step = stepBefore(section.name);
        if (step !== null) await act(step);
        played = await run.play(section);
        results.push(played);
      }, SECTION_TIMEOUT_MS);

      it.each(section.requests.map((request) => request.name))("%s", (request) => {
        expect(failuresOf(played, request)).toEqual([]);
      });

      it("every answer is one that the OpenAPI document describes", () => {
        expect(played.exchanges.length).toBeGreaterThan(0);
        expect(played.exchanges.flatMap(misfitsOf)).toEqual([]);
      });
    });
  });
}

function failuresOf({ requests }: SectionResult, name: string): RequestResult["failures"] {
  return requests.find((it) => it.name === name)?.failures ?? ["has no result"];
}
