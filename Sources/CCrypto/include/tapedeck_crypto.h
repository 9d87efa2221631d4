// The part of OpenSSL's libcrypto that Tapedeck uses: message digests and HMAC. OpenSSL's own headers stay out of Swift's importer.
#ifndef TAPEDECK_CRYPTO_H
#define TAPEDECK_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

enum tapedeck_digest_algorithm { TAPEDECK_SHA256 = 0, TAPEDECK_SHA1 = 1 };

// Longest digest in bytes.
enum { TAPEDECK_DIGEST_BYTES = 32 };

// A digest in progress. Each function returns 1 on success and 0 when OpenSSL fails, which it does for want of memory only.
typedef struct tapedeck_digest tapedeck_digest;

// Starts a digest; NULL when OpenSSL fails. `tapedeck_digest_free` releases it.
tapedeck_digest *tapedeck_digest_new(enum tapedeck_digest_algorithm algorithm);
// A second digest in the same state.
tapedeck_digest *tapedeck_digest_copy(const tapedeck_digest *digest);
int tapedeck_digest_update(tapedeck_digest *digest, const void *bytes, size_t count);
// Writes the digest of everything added so far and leaves the state as it is. `out` holds TAPEDECK_DIGEST_BYTES bytes; `*count` is set to the digest's length.
int tapedeck_digest_finish(const tapedeck_digest *digest, uint8_t *out, size_t *count);
void tapedeck_digest_free(tapedeck_digest *digest);

// Writes the digest of `count` bytes.
int tapedeck_digest_once(enum tapedeck_digest_algorithm algorithm, const void *bytes, size_t count, uint8_t *out, size_t *out_count);

// HMAC-SHA-256 (RFC 2104) of a message; `out` holds 32 bytes.
int tapedeck_hmac_sha256(const void *key, size_t key_count, const void *message, size_t message_count, uint8_t *out);

#endif
