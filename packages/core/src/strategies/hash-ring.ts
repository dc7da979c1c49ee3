import type { Backend } from "../backend.ts";
import { hashName, mixName } from "./hash.ts";
import { byId } from "./by-id.ts";
import type { KeyTable } from "./key-affinity.ts";
import type { PickFacts } from "./strategy.ts";

/** Up to 3.5 MB and some 30 ms to build; more would stall the requests of a worker that reloads. */
const mostPoints = 2 ** 18;
/** Leaves 32 bits for the position in the 53 bits of a whole number. */
const mostMembers = 2 ** 20;

/**
 * Consistent hashing (Karger et al., STOC 1997): each backend has points on a circle of 2^32 positions,
 * `virtualNodes` times its weight, and a key belongs to the first point at or after its own position.
 * Which points a backend has depends on nothing but its id and weight, so when one joins, leaves or
 * changes weight only keys to or from it move.
 *
 * With V points of each backend the shares' coefficient of variation is about 1/√V: 8 % for 160
 * (algorithms.md section 5.1).
 *
 * When all points would be more than 262,144, everybody's are halved until they fit; a pool that grows
 * over that bound moves keys of others once.
 */
export class HashRing implements KeyTable {
  readonly #virtualNodes: number;
  /** Ascending, signed. */
  #positions = new Int32Array(0);
  /** Per equal part of the circle, of which there are about as many as points, its first point. */
  #starts = new Uint32Array(1);
  /** Of 32 bits of hash, those that do not say the part. */
  #partBits = 31;
  /** Per point the index of its member. */
  owners: Uint16Array | Uint32Array = new Uint16Array(0);

  constructor(virtualNodes: number) {
    this.#virtualNodes = virtualNodes;
  }

  rebuild(members: readonly Backend[]): void {
    // Who comes first where two points meet must not depend on the order of the members.
    const order = byId(members);
    const points = this.#points(order.map((index) => members[index] as Backend));
    this.#positions = new Int32Array(points.length);
    this.owners = new (members.length <= 2 ** 16 ? Uint16Array : Uint32Array)(points.length);
    points.forEach((point, at) => {
      const position = Math.floor(point / mostMembers);
      this.#positions[at] = position;
      this.owners[at] = order[point - position * mostMembers] as number;
    });
    this.#divide();
  }

  /** The index of the first point at or after the hash; of no point, 0. A step or two, whatever the size. */
  seek(keyHash: number): number {
    const positions = this.#positions;
    let at = this.#starts[partOf(keyHash, this.#partBits)] as number;
    while (at < positions.length && (positions[at] as number) < keyHash) at++;
    return at === positions.length ? 0 : at;
  }

  /** Walks past the points of backends that are not ready. */
  find(keyHash: number, places: Int32Array): number {
    const { owners } = this;
    const { length } = owners;
    let at = this.seek(keyHash);
    for (let left = length; left > 0; left--) {
      const place = places[owners[at] as number] as number;
      if (place >= 0) return place;
      at = at + 1 === length ? 0 : at + 1;
    }
    return -1;
  }

  /** Points of others between the key and the first of its own. */
  nearness(keyHash: number, member: number): PickFacts {
    const { owners } = this;
    let at = this.seek(keyHash);
    for (let pointsBefore = 0; pointsBefore < owners.length; pointsBefore++) {
      if (owners[at] === member) return { pointsBefore };
      at = at + 1 === owners.length ? 0 : at + 1;
    }
    return {};
  }

  #divide(): void {
    const positions = this.#positions;
    this.#partBits = Math.min(31, Math.clz32(positions.length));
    this.#starts = new Uint32Array(2 ** (32 - this.#partBits));
    // Counted backwards, each part ends up with its own first point, or the next part's if it has none.
    let start = positions.length;
    for (let part = this.#starts.length - 1; part >= 0; part--) {
      while (start > 0 && partOf(positions[start - 1] as number, this.#partBits) >= part) start--;
      this.#starts[part] = start;
    }
  }

  /** Sorted; a point is its position times `mostMembers` plus its owner's index. */
  #points(members: readonly Backend[]): Float64Array {
    const counts = this.#counts(members);
    const points = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
    let at = 0;
    members.forEach(({ id }, index) => {
      const { first, second } = hashName(id);
      for (let node = 0; node < (counts[index] as number); node++) {
        points[at++] = mixName(first, second, node) * mostMembers + index;
      }
    });
    return points.toSorted();
  }

  #counts(members: readonly Backend[]): readonly number[] {
    let perWeight = this.#virtualNodes;
    const total = members.reduce((sum, { weight }) => sum + weight, 0);
    while (perWeight * total > mostPoints) perWeight /= 2;
    return members.map(({ weight }) => Math.max(1, Math.round(perWeight * weight)));
  }
}

/** Which of the equal parts, in the order of signed positions, from 0. */
function partOf(position: number, partBits: number): number {
  return (position ^ 0x8000_0000) >>> partBits;
}
