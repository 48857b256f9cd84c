/** What we use of swagger-ui-dist: where its files lie, without loading any of them. */
declare module "swagger-ui-dist/absolute-path.js" {
  export default function getAbsoluteFSPath(): string;
}
