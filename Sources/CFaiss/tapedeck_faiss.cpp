#include "tapedeck_faiss.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVF.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <faiss/invlists/InvertedListsIOHook.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// Of libgomp and OpenBLAS. Their headers are the compiler's own (gcc's omp.h) or an implementation's (OpenBLAS's cblas.h).
extern "C" {
void omp_set_num_threads(int threads);
int omp_get_max_threads(void);
void openblas_set_num_threads(int threads);
int openblas_get_num_threads(void);
}

struct tk_faiss_index {
    std::unique_ptr<faiss::Index> index;
};

namespace {

void say(tk_faiss_message message, const char *text) {
    if (message.text && message.capacity > 0) std::snprintf(message.text, message.capacity, "%s", text);
}

// Runs `body`; whatever it throws becomes a status and a message.
template <typename Body> int guarded(tk_faiss_message message, Body body) {
    try {
        body();
        return 0;
    } catch (const std::exception &problem) { say(message, problem.what()); } catch (...) {
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
    Threads(const Threads &) = delete;
    Threads &operator=(const Threads &) = delete;

  private:
    int omp, blas;
};

// libfaiss's own writer does not notice a disk that fills up when the file is closed.
class Writer : public faiss::IOWriter {
  public:
    explicit Writer(int descriptor) : descriptor(descriptor) { buffer.reserve(capacity); }

    size_t operator()(const void *bytes, size_t size, size_t count) override {
        size_t length = size * count;
        if (buffer.size() + length > capacity) flush();
        if (length >= capacity) {
            put(static_cast<const char *>(bytes), length);
        } else {
            const char *first = static_cast<const char *>(bytes);
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

    void put(const char *bytes, size_t length) {
        while (length > 0) {
            ssize_t written = ::write(descriptor, bytes, length);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) throw std::runtime_error(std::strerror(errno));
            bytes += written;
            length -= static_cast<size_t>(written);
        }
    }
};

// What the system refused.
struct SystemError : std::runtime_error {
    int cause;
    SystemError(const std::string &reason, int cause) : std::runtime_error(reason), cause(cause) {}
};

// As `guarded`, with errno where it was the system that refused.
template <typename Body> int guarded(tk_faiss_message message, int *system_error, Body body) {
    *system_error = 0;
    return guarded(message, [&] {
        try {
            body();
        } catch (const SystemError &problem) {
            *system_error = problem.cause;
            throw;
        }
    });
}

// Inverted lists that put what they hold aside on the disk whenever it has grown to a limit, and are written from there in
// one pass: an index may be larger than memory. They can be added to and written, not searched.
class SpillingLists : public faiss::InvertedLists {
  public:
    SpillingLists(size_t list_count, size_t code_size, size_t limit, const char *folder)
        : InvertedLists(list_count, code_size), recent(list_count, code_size), limit(limit), folder(folder) {
        static const bool registered = [] {
            faiss::InvertedListsIOHook::add_callback(new Hook);
            return true;
        }();
        (void)registered;
    }

    ~SpillingLists() override {
        if (descriptor >= 0) ::close(descriptor);
    }

    size_t list_size(size_t list) const override {
        size_t size = recent.list_size(list);
        for (const Run &run : runs) size += run.sizes[list];
        return size;
    }

    size_t add_entries(size_t list, size_t count, const idx_t *ids, const uint8_t *codes) override {
        bytes += count * (code_size + sizeof(idx_t));
        return recent.add_entries(list, count, ids, codes);
    }

    // Not called while entries are added, where libfaiss lets nothing be thrown.
    void spill_if_full() {
        if (bytes < limit) return;
        if (descriptor < 0) {
            std::string path = folder + "/tapedeck-XXXXXX";
            descriptor = ::mkostemp(path.data(), O_CLOEXEC);
            if (descriptor < 0) fail();
            ::unlink(path.c_str());
        }
        Run run;
        run.codes = end;
        for (auto &codes : recent.codes) {
            put(codes.data(), codes.size());
            run.sizes.push_back(codes.size() / code_size);
            // Freed, because the next ones may come to other lists.
            std::vector<uint8_t>().swap(codes);
        }
        run.ids = end + static_cast<off_t>(pending.size());
        for (auto &ids : recent.ids) {
            put(ids.data(), ids.size() * sizeof(idx_t));
            std::vector<idx_t>().swap(ids);
        }
        flush();
        runs.push_back(std::move(run));
        bytes = 0;
    }

    const uint8_t *get_codes(size_t) const override { unsupported(); }
    const idx_t *get_ids(size_t) const override { unsupported(); }
    void update_entries(size_t, size_t, size_t, const idx_t *, const uint8_t *) override { unsupported(); }
    void resize(size_t, size_t) override { unsupported(); }

  private:
    // Lists put aside together: the codes of all in order, then the ids.
    struct Run {
        off_t codes = 0, ids = 0;
        std::vector<size_t> sizes;
    };

    // Reads on through a part of the file.
    class Cursor {
      public:
        Cursor(const SpillingLists &lists, off_t position) : lists(lists), position(position) {}

        void copy(size_t length, faiss::IOWriter &out) {
            while (length > 0) {
                if (next == buffer.size()) fill();
                size_t count = std::min(length, buffer.size() - next);
                out(buffer.data() + next, 1, count);
                next += count;
                length -= count;
            }
        }

      private:
        const SpillingLists &lists;
        off_t position;
        std::vector<char> buffer;
        size_t next = 0;

        void fill() {
            buffer.resize(256 << 10);
            ssize_t count;
            while ((count = ::pread(lists.descriptor, buffer.data(), buffer.size(), position)) < 0 && errno == EINTR) {}
            if (count == 0) errno = EIO;
            if (count <= 0) lists.fail();
            buffer.resize(static_cast<size_t>(count));
            position += count;
            next = 0;
        }
    };

    // Writes what libfaiss writes for ArrayInvertedLists (write_InvertedLists in its impl/index_write.cpp).
    class Hook : public faiss::InvertedListsIOHook {
      public:
        Hook() : InvertedListsIOHook("tdsl", typeid(SpillingLists).name()) {}
        void write(const faiss::InvertedLists *lists, faiss::IOWriter *out) const override { static_cast<const SpillingLists *>(lists)->write(*out); }
        faiss::InvertedLists *read(faiss::IOReader *, int) const override { unsupported(); }
    };

    faiss::ArrayInvertedLists recent;
    size_t bytes = 0, limit;
    std::string folder;
    int descriptor = -1;
    off_t end = 0;
    std::vector<char> pending;
    std::vector<Run> runs;

    [[noreturn]] static void unsupported() { throw std::runtime_error("lists that are being made are only added to"); }

    [[noreturn]] void fail() const {
        int cause = errno;
        throw SystemError("a temporary file in " + folder + ": " + std::strerror(cause), cause);
    }

    void put(const void *data, size_t length) {
        const char *first = static_cast<const char *>(data);
        pending.insert(pending.end(), first, first + length);
        if (pending.size() >= 1 << 20) flush();
    }

    void flush() {
        size_t done = 0;
        while (done < pending.size()) {
            ssize_t count = ::pwrite(descriptor, pending.data() + done, pending.size() - done, end);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail();
            done += static_cast<size_t>(count);
            end += count;
        }
        pending.clear();
    }

    void write(faiss::IOWriter &out) const {
        std::vector<size_t> sizes(nlist);
        size_t filled = 0;
        for (size_t list = 0; list < nlist; list++) {
            sizes[list] = list_size(list);
            filled += sizes[list] > 0;
        }
        bool is_full = filled > nlist / 2;
        if (!is_full) {
            std::vector<size_t> pairs;
            for (size_t list = 0; list < nlist; list++) {
                if (sizes[list] > 0) pairs.insert(pairs.end(), {list, sizes[list]});
            }
            sizes = std::move(pairs);
        }
        size_t count = sizes.size();
        out("ilar", 1, 4);
        out(&nlist, sizeof nlist, 1);
        out(&code_size, sizeof code_size, 1);
        out(is_full ? "full" : "sprs", 1, 4);
        out(&count, sizeof count, 1);
        out(sizes.data(), sizeof(size_t), count);
        std::vector<Cursor> codes, ids;
        for (const Run &run : runs) {
            codes.emplace_back(*this, run.codes);
            ids.emplace_back(*this, run.ids);
        }
        for (size_t list = 0; list < nlist; list++) {
            for (size_t run = 0; run < runs.size(); run++) codes[run].copy(runs[run].sizes[list] * code_size, out);
            out(recent.codes[list].data(), 1, recent.codes[list].size());
            for (size_t run = 0; run < runs.size(); run++) ids[run].copy(runs[run].sizes[list] * sizeof(idx_t), out);
            out(recent.ids[list].data(), sizeof(idx_t), recent.ids[list].size());
        }
    }
};

faiss::IndexIVF *lists_of(const tk_faiss_index *index) { return dynamic_cast<faiss::IndexIVF *>(index->index.get()); }

void spill(faiss::IndexIVF *index) {
    if (auto *lists = dynamic_cast<SpillingLists *>(index->invlists)) lists->spill_if_full();
}

} // namespace

int tk_faiss_create_flat(size_t dimensions, tk_faiss_index **index, tk_faiss_message message) {
    return guarded(message, [&] {
        auto flat = std::make_unique<faiss::IndexFlatIP>(static_cast<faiss::Index::idx_t>(dimensions));
        auto mapped = std::make_unique<faiss::IndexIDMap2>(flat.get());
        mapped->own_fields = true;
        flat.release();
        *index = new tk_faiss_index{std::move(mapped)};
    });
}

int tk_faiss_create_ivf_sq8(
    size_t dimensions, size_t list_count, size_t memory_limit, const char *folder, tk_faiss_index **index, tk_faiss_message message) {
    return guarded(message, [&] {
        auto centroids = std::make_unique<faiss::IndexFlatIP>(static_cast<faiss::Index::idx_t>(dimensions));
        auto lists = std::make_unique<faiss::IndexIVFScalarQuantizer>(
            centroids.get(), dimensions, list_count, faiss::ScalarQuantizer::QT_8bit, faiss::METRIC_INNER_PRODUCT, true);
        lists->own_fields = true;
        centroids.release();
        lists->replace_invlists(new SpillingLists(list_count, lists->code_size, memory_limit, folder), true);
        *index = new tk_faiss_index{std::move(lists)};
    });
}

int tk_faiss_train(tk_faiss_index *index, const float *vectors, size_t count, int iterations, int seed, tk_faiss_message message) {
    return guarded(message, [&] {
        Threads one(1);
        if (auto *lists = lists_of(index)) {
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

int tk_faiss_set_centroids(tk_faiss_index *index, const float *centroids, const float *vectors, size_t count, tk_faiss_message message) {
    return guarded(message, [&] {
        Threads one(1);
        auto *lists = lists_of(index);
        if (!lists) throw std::runtime_error("an exact index has no lists");
        lists->quantizer->reset();
        lists->quantizer->add(static_cast<faiss::Index::idx_t>(lists->nlist), centroids);
        // With its centroids there, only the quantiser's ranges are left to find.
        lists->train(static_cast<faiss::Index::idx_t>(count), vectors);
    });
}

int tk_faiss_add_to_lists(
    tk_faiss_index *index, const float *vectors, const int64_t *ids, const int64_t *list, size_t count, int *system_error, tk_faiss_message message) {
    return guarded(message, system_error, [&] {
        Threads one(1);
        auto *lists = lists_of(index);
        if (!lists) throw std::runtime_error("an exact index has no lists");
        lists->add_core(static_cast<faiss::Index::idx_t>(count), vectors, ids, list);
        spill(lists);
    });
}

int tk_faiss_add(tk_faiss_index *index, const float *vectors, const int64_t *ids, size_t count, int *system_error, tk_faiss_message message) {
    return guarded(message, system_error, [&] {
        Threads one(1);
        index->index->add_with_ids(static_cast<faiss::Index::idx_t>(count), vectors, ids);
        if (auto *lists = lists_of(index)) spill(lists);
    });
}

void tk_faiss_set_probes(tk_faiss_index *index, size_t probes) {
    if (auto *lists = lists_of(index)) lists->nprobe = probes;
}

int tk_faiss_write(const tk_faiss_index *index, const char *path, int *system_error, tk_faiss_message message) {
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

int tk_faiss_read(const char *path, tk_faiss_index **index, tk_faiss_message message) {
    return guarded(message, [&] {
        std::unique_ptr<faiss::Index> read(faiss::read_index(path));
        *index = new tk_faiss_index{std::move(read)};
    });
}

int tk_faiss_search(const tk_faiss_index *index, const float *queries, size_t query_count, size_t k, size_t probes, int threads, float *scores,
    int64_t *ids, tk_faiss_message message) {
    return guarded(message, [&] {
        Threads chosen(threads);
        faiss::SearchParametersIVF parameters;
        parameters.nprobe = probes;
        index->index->search(static_cast<faiss::Index::idx_t>(query_count), queries, static_cast<faiss::Index::idx_t>(k), scores, ids,
            lists_of(index) ? &parameters : nullptr);
    });
}

size_t tk_faiss_count(const tk_faiss_index *index) { return static_cast<size_t>(index->index->ntotal); }

size_t tk_faiss_dimensions(const tk_faiss_index *index) { return static_cast<size_t>(index->index->d); }

void tk_faiss_free(tk_faiss_index *index) { delete index; }
