import { App, BootstraplessSynthesizer, Duration, Fn, Stack } from 'aws-cdk-lib'
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda'

// An HTTP API by AWS CDK, guarded by Postern's stack of the same account and region: `npx cdk deploy --app 'node app.ts'`.
const app = new App({ outdir: 'cdk.out', analyticsReporting: false })
// It has no assets, and so needs nothing of `cdk bootstrap`.
const stack = new Stack(app, 'hello', { synthesizer: new BootstraplessSynthesizer() })

const authorizer = new HttpLambdaAuthorizer(
  'postern',
  // The alias that it exports. CDK adds the permission for this authorizer, as it is told that both are of one account.
  LambdaFunction.fromFunctionAttributes(stack, 'Postern', {
    functionArn: Fn.importValue('postern-dev-authorizer-api'),
    sameEnvironment: true,
  }),
  {
    // The policy form: what is cached is evaluated again for each route (a cached boolean would open them all).
    responseTypes: [HttpLambdaResponseType.IAM],
    // The place of the token in the manifest, and its cacheSeconds.
    identitySource: ['$request.header.Authorization'],
    resultsCacheTtl: Duration.minutes(5),
  },
)

const hello = new LambdaFunction(stack, 'Hello', {
  runtime: Runtime.NODEJS_24_X,
  architecture: Architecture.ARM_64,
  handler: 'index.handler',
  code: Code.fromInline(`exports.handler = async ({ requestContext }) => {
  const caller = requestContext.authorizer?.lambda
  // It answers nobody whom no authorizer has let in.
  if (!caller) return { statusCode: 500 }
  return { statusCode: 200, body: JSON.stringify({ hello: caller.subject, roles: caller.roles }) }
}`),
})

// Every route has the authorizer, one that is added later too.
const api = new HttpApi(stack, 'Api', { apiName: 'hello', defaultAuthorizer: authorizer })
const integration = new HttpLambdaIntegration('Integration', hello)
api.addRoutes({ path: '/hello', methods: [HttpMethod.GET, HttpMethod.POST], integration })
api.addRoutes({ path: '/hello/{id}', methods: [HttpMethod.GET], integration })

app.synth()
