/** Importing it sets pdf.js's reader up in the same thread. */
declare module "pdfjs-dist/legacy/build/pdf.worker.mjs";
