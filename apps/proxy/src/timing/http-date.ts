/** The Date field's text (RFC 9110 5.6.7), made at most once a second. */
export class HttpDate {
  #second = -1;
  #text = "";

  text(wallClockMs: number): string {
    const second = Math.floor(wallClockMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
  }
}
