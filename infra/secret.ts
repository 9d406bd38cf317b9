/**
 * Keys that sign, a secret for each purpose: links of guests, grants of downloads, sign-in links. `npm run deploy` makes
 * them at random for a new stage, and rotates them.
 */
export const LinkKeys = new sst.Secret("LinkKeys");
export const GrantKeys = new sst.Secret("GrantKeys");
export const SignInKeys = new sst.Secret("SignInKeys");
