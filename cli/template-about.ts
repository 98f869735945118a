/** What both commands that take a template say of it. */
export const templateAbout =
  'A CloudFormation template, YAML or JSON: as `serverless package` writes it into .serverless, as `cdk synth` ' +
  'writes it into cdk.out, or written by hand. OpenAPI documents and SAM are not read.'
