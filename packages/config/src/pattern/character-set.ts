/** 1 at each Latin-1 code that belongs to it. */
export type CharacterSet = Uint8Array;

function setWhere(belongs: (character: string) => boolean): CharacterSet {
  return Uint8Array.from({ length: 256 }, (_, code) =>
    belongs(String.fromCharCode(code)) ? 1 : 0,
  );
}

export function setOf(character: string): CharacterSet {
  return setWhere((other) => other === character);
}

export function complementOf(set: CharacterSet): CharacterSet {
  return set.map((bit) => 1 - bit);
}

const digit = setWhere((character) => /\d/.test(character));
const word = setWhere((character) => /\w/.test(character));
const space = setWhere((character) => /\s/.test(character));

export const classes: {
  readonly any: CharacterSet;
  readonly escapes: ReadonlyMap<string, CharacterSet>;
} = {
  any: setWhere((character) => /./.test(character)),
  escapes: new Map([
    ["d", digit],
    ["D", complementOf(digit)],
    ["w", word],
    ["W", complementOf(word)],
    ["s", space],
    ["S", complementOf(space)],
    ["t", setOf("\t")],
  ]),
};
