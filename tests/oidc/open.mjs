// Opens the private keys of an export with a JOSE library: {encryptedKeys, password} on standard input, the JWK set on standard output.
import { compactDecrypt } from 'jose'
import { readFileSync } from 'node:fs'

const { encryptedKeys, password } = JSON.parse(readFileSync(0, 'utf8'))
const { plaintext, protectedHeader } = await compactDecrypt(encryptedKeys, new TextEncoder().encode(password), {
  keyManagementAlgorithms: ['PBES2-HS512+A256KW'],
  contentEncryptionAlgorithms: ['A256GCM'],
  maxPBES2Count: 210_000,
})
console.log(JSON.stringify({ header: protectedHeader, set: JSON.parse(new TextDecoder().decode(plaintext)) }))
