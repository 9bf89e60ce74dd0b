// One campaign for somebody who is signed in, as one would write it with Fastify and pg.
//
// node server.mjs TENANT, with the database's address in DATABASE_URL. Prints one line of JSON: where it listens, a
// token that it takes, and what it is made of. Ends with its standard input.
import { createSigner, createVerifier } from "fast-jwt";
import Fastify from "fastify";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";

const tenant = process.argv[2];
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
const pair = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
});
const sign = createSigner({ key: pair.privateKey, algorithm: "EdDSA", expiresIn: "6h" });
const verify = createVerifier({ key: pair.publicKey, algorithms: ["EdDSA"], cache: true });

const app = Fastify();
app.get("/campaigns/:key", async (request, reply) => {
    let claims;
    try {
        claims = verify((request.headers.authorization ?? "").replace(/^Bearer /, ""));
    } catch {
        return reply.code(401).send({ detail: "sign in first" });
    }
    const client = await pool.connect();
    try {
        await client.query("begin");
        await client.query({
            name: "tenant",
            text: "select set_config('role', 'placard_app', true), set_config('placard.tenant', $1, true)",
            values: [claims.tid],
        });
        const found = await client.query({
            name: "campaign",
            text: `select id, key, name, objective, status, run, currency, budget_kind, budget_minor, revision, spec_hash,
                       error, last_synced_at, created_at, updated_at, spec
                   from campaign where tenant_id = $1 and key = $2`,
            values: [claims.tid, request.params.key],
        });
        await client.query("commit");
        return found.rows[0] ?? reply.code(404).send({ detail: "there is no such campaign" });
    } catch (error) {
        await client.query("rollback");
        throw error;
    } finally {
        client.release();
    }
});
await app.listen({ host: "127.0.0.1", port: 0 });

const versions = ["fastify", "pg", "fast-jwt"].map((name) => {
    const manifest = readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url));
    return `${name} ${JSON.parse(manifest).version}`;
});
const { address, port } = app.server.address();
const told = {
    address: `${address}:${port}`,
    token: sign({ sub: "somebody", tid: tenant }),
    versions: [`Node.js ${process.versions.node}`, ...versions].join(", "),
};
console.log(JSON.stringify(told));
process.stdin.on("end", () => process.exit(0)).resume();
