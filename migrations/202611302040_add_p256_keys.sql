-- Keys on P-256 (docs/adr/0031-keys-on-p256.md).
alter table vault.keys drop constraint keys_algorithm_check;
alter table vault.keys add constraint keys_algorithm_check check (algorithm in ('ed25519', 'secp256k1', 'secp256r1'));
