// A minimal C interface to libfaiss: make an index of inner products and write it; for tests of our own search, read and search
// one. Vectors are row-major float32. Nothing here throws: every function that can fail returns 0 for success, and otherwise
// writes the reason into `message`.
#ifndef TAPEDECK_FAISS_H
#define TAPEDECK_FAISS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tk_faiss_index tk_faiss_index;

// Buffer for the reason of a failure, as C text; truncated to fit.
typedef struct {
    char *text;
    size_t capacity;
} tk_faiss_message;

// An exact index: IndexIDMap2 over IndexFlatIP. Needs no training.
int tk_faiss_create_flat(size_t dimensions, tk_faiss_index **index, tk_faiss_message message);

// IndexIVFScalarQuantizer: `list_count` lists around centroids of k-means, 8 bits per component of the residual. Codes beyond
// `memory_limit` bytes are moved to a file in `folder`. It cannot be searched before it is written and read.
int tk_faiss_create_ivf_sq8(
    size_t dimensions, size_t list_count, size_t memory_limit, const char *folder, tk_faiss_index **index, tk_faiss_message message);

// Trains the centroids (`iterations` of spherical k-means from `seed`) and the quantiser on `count` vectors, at least
// `list_count` of them. One thread, so that the result is deterministic.
int tk_faiss_train(tk_faiss_index *index, const float *vectors, size_t count, int iterations, int seed, tk_faiss_message message);

// Gives an index of lists its centroids, `list_count` of them, and trains the quantiser alone on `count` vectors.
int tk_faiss_set_centroids(tk_faiss_index *index, const float *centroids, const float *vectors, size_t count, tk_faiss_message message);

// Adds `count` vectors with their ids to given lists: `lists` are numbers below `list_count`. On failure, `*system_error` is
// errno if the system refused a temporary file, else 0.
int tk_faiss_add_to_lists(
    tk_faiss_index *index, const float *vectors, const int64_t *ids, const int64_t *lists, size_t count, int *system_error, tk_faiss_message message);

// Adds `count` vectors with their ids; `system_error` as above.
int tk_faiss_add(tk_faiss_index *index, const float *vectors, const int64_t *ids, size_t count, int *system_error, tk_faiss_message message);

// Sets the default number of lists that a search visits; it is stored in the file. No effect on an exact index.
void tk_faiss_set_probes(tk_faiss_index *index, size_t probes);

// Writes the index to a new file and waits until it is on the disk. The path must not exist. On failure, `*system_error` is
// errno if the system refused, else 0, and no file is left.
int tk_faiss_write(const tk_faiss_index *index, const char *path, int *system_error, tk_faiss_message message);

// Reads an index of any kind. libfaiss trusts the sizes in the file, so check it first.
int tk_faiss_read(const char *path, tk_faiss_index **index, tk_faiss_message message);

// Finds the `k` best of every query: scores and ids are query_count x k, best first, padded with id -1.
// `probes` is for inverted lists; `threads` OpenMP threads.
int tk_faiss_search(const tk_faiss_index *index, const float *queries, size_t query_count, size_t k, size_t probes, int threads, float *scores,
    int64_t *ids, tk_faiss_message message);

size_t tk_faiss_count(const tk_faiss_index *index);
size_t tk_faiss_dimensions(const tk_faiss_index *index);

// Frees an index; NULL is ignored.
void tk_faiss_free(tk_faiss_index *index);

#ifdef __cplusplus
}
#endif

#endif
