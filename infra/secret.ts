/** Signs links and sign-in links. `npm run deploy` makes one at random for a new stage. */
export const LinkSecret = new sst.Secret("LinkSecret");
