/** The header in which the edge tells the web function whose address it saw; what a visitor sends in it is written over. */
export const VIEWER_ADDRESS = "x-dormouse-viewer-address";
