#include "tapedeck_crypto.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

// OpenSSL looks up an algorithm by name for every digest unless it gets one that was fetched before.
static const EVP_MD *fetched[2];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void) {
    fetched[TAPEDECK_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
    fetched[TAPEDECK_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
}

static const EVP_MD *algorithm_of(enum tk_digest_algorithm algorithm) {
    pthread_once(&once, fetch);
    return fetched[algorithm == TAPEDECK_SHA1];
}

static EVP_MD_CTX *context(const tk_digest *digest) { return (EVP_MD_CTX *)digest; }

tk_digest *tk_digest_new(enum tk_digest_algorithm algorithm) {
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    if (made && EVP_DigestInit_ex2(made, algorithm_of(algorithm), NULL) == 1) return (tk_digest *)made;
    EVP_MD_CTX_free(made);
    return NULL;
}

tk_digest *tk_digest_copy(const tk_digest *digest) {
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    if (made && EVP_MD_CTX_copy_ex(made, context(digest)) == 1) return (tk_digest *)made;
    EVP_MD_CTX_free(made);
    return NULL;
}

int tk_digest_update(tk_digest *digest, const void *bytes, size_t count) { return EVP_DigestUpdate(context(digest), bytes, count) == 1; }

int tk_digest_finish(const tk_digest *digest, uint8_t *out, size_t *count) {
    EVP_MD_CTX *copy = context(tk_digest_copy(digest));
    unsigned written = 0;
    int ok = copy && EVP_DigestFinal_ex(copy, out, &written) == 1;
    EVP_MD_CTX_free(copy);
    *count = written;
    return ok;
}

void tk_digest_free(tk_digest *digest) { EVP_MD_CTX_free(context(digest)); }

int tk_digest_once(enum tk_digest_algorithm algorithm, const void *bytes, size_t count, uint8_t *out, size_t *out_count) {
    unsigned written = 0;
    int ok = EVP_Digest(bytes, count, out, &written, algorithm_of(algorithm), NULL) == 1;
    *out_count = written;
    return ok;
}

int tk_hmac_sha256(const void *key, size_t key_count, const void *message, size_t message_count, uint8_t *out) {
    if (key_count > INT_MAX) return 0;
    unsigned written = 0;
    return HMAC(algorithm_of(TAPEDECK_SHA256), key_count ? key : "", (int)key_count, message, message_count, out, &written) != NULL;
}
