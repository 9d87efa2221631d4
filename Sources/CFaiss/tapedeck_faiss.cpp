#include "tapedeck_faiss.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

// Of libgomp and OpenBLAS. Their headers are the compiler's own (gcc's omp.h) or an implementation's (OpenBLAS's cblas.h).
extern "C" {
void omp_set_num_threads(int threads);
int omp_get_max_threads(void);
void openblas_set_num_threads(int threads);
int openblas_get_num_threads(void);
}

struct tapedeck_faiss_index {
    std::unique_ptr<faiss::Index> index;
};

namespace {

void say(tapedeck_faiss_message message, const char* text) {
    if (message.text && message.capacity > 0) std::snprintf(message.text, message.capacity, "%s", text);
}

// Runs `body`; whatever it throws becomes a status and a message.
template <typename Body>
int guarded(tapedeck_faiss_message message, Body body) {
    try {
        body();
        return 0;
    } catch (const std::exception& problem) {
        say(message, problem.what());
    } catch (...) {
        say(message, "an exception of an unknown kind");
    }
    return 1;
}

// Sets the number of threads of libfaiss and of OpenBLAS below it for as long as it lives.
class Threads {
public:
    explicit Threads(int count) : omp(omp_get_max_threads()), blas(openblas_get_num_threads()) {
        omp_set_num_threads(count);
        openblas_set_num_threads(1);
    }
    ~Threads() {
        omp_set_num_threads(omp);
        openblas_set_num_threads(blas);
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

private:
    int omp, blas;
};

// libfaiss's own writer does not notice a disk that fills up when the file is closed.
class Writer : public faiss::IOWriter {
public:
    explicit Writer(int descriptor) : descriptor(descriptor) { buffer.reserve(capacity); }

    size_t operator()(const void* bytes, size_t size, size_t count) override {
        size_t length = size * count;
        if (buffer.size() + length > capacity) flush();
        if (length >= capacity) {
            put(static_cast<const char*>(bytes), length);
        } else {
            const char* first = static_cast<const char*>(bytes);
            buffer.insert(buffer.end(), first, first + length);
        }
        return count;
    }

    void flush() {
        put(buffer.data(), buffer.size());
        buffer.clear();
    }

private:
    static constexpr size_t capacity = 1 << 20;
    int descriptor;
    std::vector<char> buffer;

    void put(const char* bytes, size_t length) {
        while (length > 0) {
            ssize_t written = ::write(descriptor, bytes, length);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw std::runtime_error(std::strerror(errno));
            bytes += written;
            length -= static_cast<size_t>(written);
        }
    }
};

faiss::IndexIVF* lists_of(const tapedeck_faiss_index* index) {
    return dynamic_cast<faiss::IndexIVF*>(index->index.get());
}

}  // namespace

int tapedeck_faiss_create_flat(size_t dimensions, tapedeck_faiss_index** index, tapedeck_faiss_message message) {
    return guarded(message, [&] {
        auto flat = std::make_unique<faiss::IndexFlatIP>(static_cast<faiss::Index::idx_t>(dimensions));
        auto mapped = std::make_unique<faiss::IndexIDMap2>(flat.get());
        mapped->own_fields = true;
        flat.release();
        *index = new tapedeck_faiss_index{std::move(mapped)};
    });
}

int tapedeck_faiss_create_ivf_sq8(size_t dimensions, size_t list_count, tapedeck_faiss_index** index,
                                  tapedeck_faiss_message message) {
    return guarded(message, [&] {
        auto centroids = std::make_unique<faiss::IndexFlatIP>(static_cast<faiss::Index::idx_t>(dimensions));
        auto lists = std::make_unique<faiss::IndexIVFScalarQuantizer>(
            centroids.get(), dimensions, list_count, faiss::ScalarQuantizer::QT_8bit, faiss::METRIC_INNER_PRODUCT, true);
        lists->own_fields = true;
        centroids.release();
        *index = new tapedeck_faiss_index{std::move(lists)};
    });
}

int tapedeck_faiss_train(tapedeck_faiss_index* index, const float* vectors, size_t count, int iterations, int seed,
                         tapedeck_faiss_message message) {
    return guarded(message, [&] {
        Threads one(1);
        if (auto* lists = lists_of(index)) {
            lists->cp.niter = iterations;
            lists->cp.seed = seed;
            lists->cp.spherical = true;
            // All that is given is used, and libfaiss does not print that it would like more.
            lists->cp.max_points_per_centroid = 1 << 30;
            lists->cp.min_points_per_centroid = 1;
        }
        index->index->train(static_cast<faiss::Index::idx_t>(count), vectors);
    });
}

int tapedeck_faiss_set_centroids(tapedeck_faiss_index* index, const float* centroids, const float* vectors, size_t count,
                                 tapedeck_faiss_message message) {
    return guarded(message, [&] {
        Threads one(1);
        auto* lists = lists_of(index);
        if (!lists) throw std::runtime_error("an exact index has no lists");
        lists->quantizer->reset();
        lists->quantizer->add(static_cast<faiss::Index::idx_t>(lists->nlist), centroids);
        // With its centroids there, only the quantiser's ranges are left to find.
        lists->train(static_cast<faiss::Index::idx_t>(count), vectors);
    });
}

int tapedeck_faiss_add_to_lists(tapedeck_faiss_index* index, const float* vectors, const int64_t* ids, const int64_t* list,
                                size_t count, tapedeck_faiss_message message) {
    return guarded(message, [&] {
        Threads one(1);
        auto* lists = lists_of(index);
        if (!lists) throw std::runtime_error("an exact index has no lists");
        lists->add_core(static_cast<faiss::Index::idx_t>(count), vectors, ids, list);
    });
}

int tapedeck_faiss_add(tapedeck_faiss_index* index, const float* vectors, const int64_t* ids, size_t count,
                       tapedeck_faiss_message message) {
    return guarded(message, [&] {
        Threads one(1);
        index->index->add_with_ids(static_cast<faiss::Index::idx_t>(count), vectors, ids);
    });
}

void tapedeck_faiss_set_probes(tapedeck_faiss_index* index, size_t probes) {
    if (auto* lists = lists_of(index)) lists->nprobe = probes;
}

int tapedeck_faiss_write(const tapedeck_faiss_index* index, const char* path, int* system_error,
                         tapedeck_faiss_message message) {
    *system_error = 0;
    int descriptor = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        *system_error = errno;
        say(message, std::strerror(errno));
        return 1;
    }
    errno = 0;
    int status = guarded(message, [&] {
        Writer writer(descriptor);
        faiss::write_index(index->index.get(), &writer);
        writer.flush();
        if (::fsync(descriptor) != 0) throw std::runtime_error(std::strerror(errno));
    });
    if (status != 0) *system_error = errno;
    if (::close(descriptor) != 0 && status == 0) {
        *system_error = errno;
        say(message, std::strerror(errno));
        status = 1;
    }
    if (status != 0) ::unlink(path);
    return status;
}

int tapedeck_faiss_read(const char* path, tapedeck_faiss_index** index, tapedeck_faiss_message message) {
    return guarded(message, [&] {
        std::unique_ptr<faiss::Index> read(faiss::read_index(path));
        *index = new tapedeck_faiss_index{std::move(read)};
    });
}

int tapedeck_faiss_search(const tapedeck_faiss_index* index, const float* queries, size_t query_count, size_t k,
                          size_t probes, int threads, float* scores, int64_t* ids, tapedeck_faiss_message message) {
    return guarded(message, [&] {
        Threads chosen(threads);
        faiss::SearchParametersIVF parameters;
        parameters.nprobe = probes;
        index->index->search(static_cast<faiss::Index::idx_t>(query_count), queries,
                             static_cast<faiss::Index::idx_t>(k), scores, ids,
                             lists_of(index) ? &parameters : nullptr);
    });
}

size_t tapedeck_faiss_count(const tapedeck_faiss_index* index) { return static_cast<size_t>(index->index->ntotal); }

size_t tapedeck_faiss_dimensions(const tapedeck_faiss_index* index) { return static_cast<size_t>(index->index->d); }

void tapedeck_faiss_free(tapedeck_faiss_index* index) { delete index; }
