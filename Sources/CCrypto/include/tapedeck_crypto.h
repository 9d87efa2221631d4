// The part of OpenSSL's libcrypto that Tapedeck uses: message digests and HMAC. OpenSSL's own headers stay out of Swift's importer.
#ifndef TAPEDECK_CRYPTO_H
#define TAPEDECK_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

enum tk_digest_algorithm { TAPEDECK_SHA256 = 0, TAPEDECK_SHA1 = 1 };

// Longest digest in bytes.
enum { TAPEDECK_DIGEST_BYTES = 32 };

// A digest in progress. Each function returns 1 on success and 0 when OpenSSL fails, which happens only if memory runs out.
typedef struct tk_digest tk_digest;

// Starts a digest; NULL when OpenSSL fails. `tk_digest_free` releases it.
tk_digest *tk_digest_new(enum tk_digest_algorithm algorithm);
// A second digest in the same state.
tk_digest *tk_digest_copy(const tk_digest *digest);
int tk_digest_update(tk_digest *digest, const void *bytes, size_t count);
// Writes the digest of everything added so far and leaves the state as it is. `out` holds TAPEDECK_DIGEST_BYTES bytes; `*count` is set to the digest's length.
int tk_digest_finish(const tk_digest *digest, uint8_t *out, size_t *count);
void tk_digest_free(tk_digest *digest);

// Writes the digest of `count` bytes.
int tk_digest_once(enum tk_digest_algorithm algorithm, const void *bytes, size_t count, uint8_t *out, size_t *out_count);

// HMAC-SHA-256 (RFC 2104) of a message; `out` holds 32 bytes.
int tk_hmac_sha256(const void *key, size_t key_count, const void *message, size_t message_count, uint8_t *out);

#endif
