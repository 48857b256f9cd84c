/**
 * A certificate authority of a test's own, so that TLS is tried with real certificates and no file
 * of anybody's machine. Its keys are made anew each time and protect nothing.
 */

import forge from "node-forge";

/** Both in PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** In PEM. */
  readonly ca: string;
  /** A certificate in these names: hosts, node ids or addresses. */
  issue(...names: readonly string[]): KeyPair;
}

const KEY_BITS = 2_048;
const FROM = new Date("2020-01-01T00:00:00Z");
const TO = new Date("2120-01-01T00:00:00Z");

const DNS = 2;
const ADDRESS = 7;

export function openAuthority(name = "an authority of tests"): Authority {
  const keys = forge.pki.rsa.generateKeyPair(KEY_BITS);
  // All its certificates have one key: to make one takes a while, and nobody keeps it secret.
  const own = forge.pki.rsa.generateKeyPair(KEY_BITS);
  const issuer = [{ name: "commonName", value: name }];
  let serial = 1;

  const signed = (publicKey: forge.pki.PublicKey, subject: string, extensions: object[]) => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = publicKey;
    certificate.serialNumber = (0x10_00_00_00 + serial++).toString(16);
    certificate.validity.notBefore = FROM;
    certificate.validity.notAfter = TO;
    certificate.setSubject([{ name: "commonName", value: subject }]);
    certificate.setIssuer(issuer);
    certificate.setExtensions(extensions);
    certificate.sign(keys.privateKey, forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };

  const rights = { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true };
  const ca = signed(keys.publicKey, name, [
    { name: "basicConstraints", critical: true, cA: true },
    rights,
  ]);
  const key = forge.pki.privateKeyToPem(own.privateKey);
  const issue = (...names: readonly string[]): KeyPair => {
    const altNames = names.map((it) =>
      isAddress(it) ? { type: ADDRESS, ip: it } : { type: DNS, value: it },
    );
    const cert = signed(own.publicKey, names[0] ?? "nobody", [
      { name: "subjectAltName", altNames },
    ]);
    return { cert, key };
  };
  return { ca, issue };
}

function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.includes(":");
}
