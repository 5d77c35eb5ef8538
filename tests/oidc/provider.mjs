// A certified OpenID provider for Studio's tests: one web client, two machines, an API resource. What it is told stands in
// its arguments; what it did it says on its output, a line each.
//
//   node provider.mjs <signing algorithm of ID tokens> <Studio's address>
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const [algorithm, studio] = process.argv.slice(2)
const address = process.env.BACK_CHANNEL
const backChannel = address
  ? { backchannel_logout_uri: address, backchannel_logout_session_required: true }
  : {}
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'studio',
        client_secret: 'studio-secret',
        redirect_uris: [`${studio}/auth/callback`],
        post_logout_redirect_uris: [`${studio}/`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: algorithm,
        ...backChannel,
      },
      machine('robot'),
      machine('stranger'),
    ],
    jwks: { keys: [key('ES384'), key('ES256'), key('RS256'), key('EdDSA')] },
    enabledJWA: { idTokenSigningAlgValues: ['ES384', 'ES256', 'RS256', 'EdDSA'] },
    // Claims of the asked scopes stand in the ID token, as with most providers.
    conformIdTokenClaims: process.env.CONFORM === 'true',
    claims: { openid: ['sub', 'sid'], email: ['email', 'email_verified'], profile: ['name'] },
    scopes: ['openid', 'email', 'profile'],
    pkce: { required: () => true },
    cookies: { keys: ['a cookie key of a test'] },
    // Its own guard against addresses of this machine would keep it from telling the test of a sign-out.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: (_, resource) => ({
          scope: 'read:account create:did:testnet act:customer',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithm } },
        }),
      },
    },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        // Who is called something-ada says that Ada's address is theirs.
        email: `${id.split('-').pop()}@example.org`,
        email_verified: !id.startsWith('unverified'),
        name: `${id} of the test`,
      }),
    }),
  })
  provider.on('server_error', (_, error) => console.log(`error ${error.stack}`))
  provider.on('backchannel.success', () => console.log('a sign-out was told'))
  provider.on('backchannel.error', (_, error) => console.log(`a sign-out was not taken: ${error.message}`))
  provider.on('grant.error', (_, error) => console.log(`grant refused: ${error.error}`))
  provider.on('grant.success', () => console.log('grant given'))
  server.on('request', provider.callback())
  console.log(`issuer ${issuer}`)
})

function machine(name) {
  return {
    client_id: name,
    client_secret: `${name}-secret`,
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    id_token_signed_response_alg: algorithm,
  }
}

function key(alg) {
  const kinds = {
    ES384: ['ec', { namedCurve: 'P-384' }],
    ES256: ['ec', { namedCurve: 'P-256' }],
    RS256: ['rsa', { modulusLength: 2048 }],
    EdDSA: ['ed25519', undefined],
  }
  const { privateKey } = generateKeyPairSync(...kinds[alg])
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `key-${alg}` }
}
