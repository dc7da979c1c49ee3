import { html, type Markup } from "./markup.ts";

/** A heading of the level that its place has. */
export type Heading = (text: string) => Markup;

/** Where a report has one run, its parts are the page's. */
export const pageHeading: Heading = (text) => html`<h2>${text}</h2>`;

/** Where it has several, they are the run's. */
export const runHeading: Heading = (text) => html`<h3>${text}</h3>`;
