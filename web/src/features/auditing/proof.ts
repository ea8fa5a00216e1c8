/**
 * The proof of one entry, computed in the browser: its hash of its own fields and the hash before it, the Merkle path (RFC
 * 6962) to the root, and the signature over the checkpoint. docs/audit.md says what is hashed.
 */
import type { Schema } from "@/api/client";

type Proof = Schema<"ProofView">;
type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string): Bytes => new TextEncoder().encode(value) as Bytes;
const hex = (value: string): Bytes => Uint8Array.from(value.replaceAll("-", "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
const base64 = (value: string): Bytes => Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));

function integer(value: number | bigint, bytes: number): Bytes {
  const out = new Uint8Array(bytes);
  let rest = BigInt.asUintN(bytes * 8, BigInt(value));
  for (let n = bytes - 1; n >= 0; n -= 1, rest >>= 8n) out[n] = Number(rest & 255n);
  return out;
}

function join(...parts: Bytes[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const sha = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const same = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((byte, n) => byte === b[n]);
/** A field with its length before it, four bytes; -1 for what is missing. */
const field = (bytes: Bytes | null): Bytes => (bytes === null ? integer(-1, 4) : join(integer(bytes.length, 4), bytes));

async function eventHash({ tenantId, before, event }: Pick<Proof, "tenantId" | "before" | "event">): Promise<Bytes> {
  const fields: (Bytes | null)[] = [
    hex(before), hex(tenantId), integer(event.position, 8), hex(event.stream), integer(event.version, 4), text(event.topic), integer(event.classVersion, 2), integer(event.recorded, 8),
    integer(event.effective, 4), hex(event.actor), hex(event.correlation), event.document === null ? null : text(event.document), text(event.data),
  ]; // prettier-ignore
  return sha(join(...fields.map(field)));
}

const node = (left: Bytes, right: Bytes) => sha(join(integer(1, 1), left, right));

/** RFC 9162, 2.1.3.2: what the path leads to, or nothing if it is too long or too short for that place in that tree. */
async function rootOf(leaf: Bytes, index: number, size: number, path: Bytes[]): Promise<Bytes | undefined> {
  if (index >= size) return undefined;
  let at = index;
  let end = size - 1;
  let found = await sha(join(integer(0, 1), leaf));
  for (const step of path) {
    if (end === 0) return undefined;
    if (at % 2 === 1 || at === end) {
      found = await node(step, found);
      while (at % 2 === 0 && at !== 0) [at, end] = [at / 2, Math.floor(end / 2)];
    } else found = await node(found, step);
    [at, end] = [Math.floor(at / 2), Math.floor(end / 2)];
  }
  return end === 0 ? found : undefined;
}

/** Microseconds since 1970 of an ISO instant with up to six decimals. */
function micros(instant: string): bigint {
  const [, seconds = "", decimals = ""] = /^(.*?)(?:\.(\d+))?(?:Z|\+00:00)$/.exec(instant) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1000n + BigInt(decimals.padEnd(6, "0").slice(0, 6) || "0");
}

async function signed({ checkpoint }: Proof): Promise<boolean | undefined> {
  const { tenantId, position, chain, root, signedAt } = checkpoint;
  const told = join(text("daybook checkpoint 1\n"), hex(tenantId), integer(position, 8), hex(chain), hex(root), integer(micros(signedAt), 8));
  try {
    const key = await crypto.subtle.importKey("raw", base64(checkpoint.publicKey), { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, base64(checkpoint.signature), told);
  } catch {
    return undefined; // a browser without Ed25519
  }
}

interface Proven {
  holds: boolean;
  /** `undefined`: this browser cannot tell. */
  signature: boolean | undefined;
}

export async function prove(proof: Proof): Promise<Proven> {
  const hash = await eventHash(proof);
  const signature = await signed(proof);
  if (proof.checkpoint.tenantId !== proof.tenantId || !same(hash, hex(proof.event.hash)) || signature === false) return { holds: false, signature };
  const root = await rootOf(hash, proof.event.position - 1, proof.checkpoint.position, proof.path.map(hex));
  return { holds: root !== undefined && same(root, hex(proof.checkpoint.root)), signature };
}
