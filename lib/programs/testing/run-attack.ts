/** The attack as a program of its own, so that a test can start it as different users. Prints what came of it, as JSON. */
import { attack, gotOf, tallyLines } from "./attack.ts";

const attacked = await attack();
console.log(JSON.stringify({ ...attacked, got: gotOf(attacked), lines: tallyLines(attacked) }));
