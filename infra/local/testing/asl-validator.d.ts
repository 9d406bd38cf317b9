/** The package has no types of its own. */
declare module "asl-validator" {
  const validate: (definition: object) => { isValid: boolean; errorsText(separator?: string): string };
  export default validate;
}
