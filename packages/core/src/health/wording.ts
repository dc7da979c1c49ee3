/** 0.923 reads "92 %". */
export function percentText(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** 36213 reads "36.2 s". */
export function secondsText(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}
