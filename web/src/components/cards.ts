/** How a row of a table lies as a card (`card:` is in `styles.css`): its cells beside each other as they fit. */
export const CARD = "card:grid card:h-auto card:grid-cols-[repeat(auto-fill,minmax(7rem,1fr))] card:gap-x-4 card:gap-y-1 card:p-4";
/** What can be done without: on a small card, and in a row of many columns. */
export const WIDE = "@max-md:hidden spare:hidden";
/** Around a table of so many columns. */
export const room = (columns: number): string => (columns <= 4 ? "@container/few" : columns <= 6 ? "@container/many" : "@container/most");
