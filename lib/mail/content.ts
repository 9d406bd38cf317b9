/** What a mail says, before it is drawn: once as text and once as HTML, with the same words. */
export type MailContent = {
  subject: string;
  /** What mail programs show beside the subject. */
  preview: string;
  heading: string;
  paragraphs: string[];
  /** Words of the sender, with their line breaks. */
  quote?: string;
  /** Files by name, with their sizes in words, and how many more there are. */
  files?: { name: string; size: string }[];
  moreFiles?: string;
  button?: { label: string; url: string };
  /** Said small, below everything. */
  footer: string[];
};
