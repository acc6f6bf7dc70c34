/* The works flow and capacity by hand in C, as fast as we can honestly make it: a day calendar in
   chunks, guide tables, keyed draws, prefetch. The same laws, the same count of each day and month.

   kernel flow DAILY DAYS SEED | kernel capacity DAILY DAYS SEED PLACES

   Compiled with -DCOUNTING, whoever leaves next is only counted, as Sojourn does, and has no record. */

#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define CHUNK 64
#define GUIDE 16384
#define NEVER (1 << 30)
#define LIKELY(x) __builtin_expect(!!(x), 1)

typedef struct { uint64_t key, word; } Record; /* word: visit (32 bits) and what happens (32) */

typedef struct { /* P(K <= k), with a guide: entry j is the answer at j / GUIDE */
    double *cdf;
    int length;
    uint16_t guide[GUIDE];
} Table;

/* ---- draws -------------------------------------------------------------------------------- */

static inline uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

static inline uint64_t bits(uint64_t key, uint64_t visit, uint64_t salt) {
    return mix((key + visit * 0xD1342543DE82EF95ull) ^ salt);
}

static inline double uniform(uint64_t key, uint64_t visit, uint64_t salt) {
    return (double)(bits(key, visit, salt) >> 11) * 0x1p-53;
}

#define SALT_COUNT 0x3C79AC492BA7B653ull
#define SALT_CHANCE 0x1C69B3F74AC4AE35ull
#define SALT_BRANCH 0x9E6C63D0876A9A47ull
#define SALT_STAY 0x5851F42D4C957F2Dull
#define SALT_LOT 0xA8F04C7D21E39B56ull

static inline int look_up(const Table *table, double u) {
    int k = table->guide[(int)(u * GUIDE)];
    while (table->cdf[k] <= u) k++;
    return k < table->length ? k : NEVER;
}

static int poisson(double mean, uint64_t key, uint64_t day) {
    if (mean <= 0) return 0;
    int parts = (int)ceil(mean / 500.0), total = 0;
    double part = mean / parts;
    for (int i = 0; i < parts; i++) {
        double u = uniform(key, day, SALT_COUNT + i), p = exp(-part), below = p;
        int k = 0;
        while (u >= below) {
            p *= part / ++k;
            below += p;
            if (p < 1e-18 && k > part) break;
        }
        total += k;
    }
    return total;
}

/* ---- laws: the integral of F, and whole days that a stay from a random time of day crosses ---- */

static double normal(double x) { return 0.5 * erfc(-x / sqrt(2.0)); }

static double integral_lognormal(double x, double mean, double sd) {
    if (x <= 0) return 0;
    double variance = log1p(sd / mean * (sd / mean)), sigma = sqrt(variance);
    double mu = log(mean) - variance / 2, z = (log(x) - mu) / sigma;
    return x * normal(z) - mean * normal(z - sigma);
}

static double integral_exponential(double x, double mean, double unused) {
    (void)unused;
    return x <= 0 ? 0 : x - mean * -expm1(-x / mean);
}

typedef double Integral(double, double, double);

static Table *table_of(Integral *integral, double mean, double sd, int days) {
    Table *table = malloc(sizeof(Table));
    table->cdf = malloc((days + 2) * sizeof(double));
    table->length = days + 1;
    for (int k = 0; k <= days; k++)
        table->cdf[k] = integral(k + 1, mean, sd) - integral(k, mean, sd);
    table->cdf[days + 1] = 2.0;
    for (int j = 0, k = 0; j < GUIDE; j++) {
        while (table->cdf[k] <= (double)j / GUIDE) k++;
        table->guide[j] = k;
    }
    return table;
}

/* ---- the calendar -------------------------------------------------------------------------- */

typedef struct { int32_t head, tail, fill; } Bucket;

static Record *pool;
static int32_t *next_chunk;
static int32_t free_chunk = -1, used_chunks;
static Bucket *bucket;
static int days;

static void *memory(size_t bytes) {
    void *found = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) { perror("mmap"); exit(1); }
    madvise(found, bytes, MADV_HUGEPAGE);
    return found;
}

static void calendar(double people) {
    size_t chunks = (size_t)(1.1 * people / CHUNK) + 2 * days + 1000;
    pool = memory(chunks * CHUNK * sizeof(Record));
    next_chunk = memory(chunks * sizeof(int32_t));
    bucket = malloc(days * sizeof(Bucket));
    for (int d = 0; d < days; d++) bucket[d] = (Bucket){-1, -1, CHUNK};
}

static void __attribute__((noinline)) new_chunk(Bucket *b) {
    int32_t made = free_chunk;
    if (made >= 0) free_chunk = next_chunk[made];
    else made = used_chunks++;
    next_chunk[made] = -1;
    if (b->head < 0) b->head = made;
    else next_chunk[b->tail] = made;
    b->tail = made;
    b->fill = 0;
}

static inline void append(int due, uint64_t key, uint64_t word) {
    if (due >= days) return;
    Bucket *b = &bucket[due];
    if (b->fill == CHUNK) new_chunk(b);
    pool[(size_t)b->tail * CHUNK + b->fill++] = (Record){key, word};
}

#ifdef COUNTING
static int64_t (*leaving)[2]; /* by day and way */
static inline int counted(int day, int due, int way) {
    if (due == day) return 0; /* this day's have been counted */
    if (due < days) leaving[due][way]++;
    return 1;
}
#else
static inline int counted(int day, int due, int way) {
    (void)day, (void)due, (void)way;
    return 0;
}
#endif

/* Hands out the records of a day chunk by chunk: those of `chunk`, which may then be reused. */
static inline int take(int day, Record **records, int *chunk) {
    Bucket *b = &bucket[day];
    if (b->head < 0) return 0;
    *chunk = b->head;
    *records = pool + (size_t)*chunk * CHUNK;
    int count = CHUNK;
    if (*chunk == b->tail) {
        count = b->fill;
        b->tail = -1;
        b->fill = CHUNK;
    }
    b->head = next_chunk[*chunk];
    if (b->head >= 0)
        for (int i = 0; i < CHUNK; i += 4) __builtin_prefetch(pool + (size_t)b->head * CHUNK + i);
    return count;
}

static inline void give_back(int chunk) {
    next_chunk[chunk] = free_chunk;
    free_chunk = chunk;
}

/* ---- counting ------------------------------------------------------------------------------ */

#define STATES 4
#define FLOWS 8

static int64_t (*census)[STATES];
static int64_t (*flows)[FLOWS];
static const char *const *state_names, *const *flow_names;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + 1e-9 * now.tv_nsec;
}

static void report(double spent, int states, int moves) {
    int64_t total[FLOWS] = {0}, events = 0, alive = 0;
    double held[STATES] = {0};
    for (int m = 0; m <= days / 30; m++)
        for (int f = 0; f < moves; f++) total[f] += flows[m][f];
    for (int d = 0; d < days; d++) {
        int64_t now = 0;
        for (int s = 0; s < states; s++) held[s] += census[d][s], now += census[d][s];
        if (now > alive) alive = now;
    }
    for (int f = 0; f < moves; f++) events += total[f];
    printf("{\"seconds\": %.6f, \"events\": %lld, \"alive\": %lld, \"record bytes\": %lld, \"census\": {", spent,
           (long long)events, (long long)alive, (long long)used_chunks * CHUNK * (long long)sizeof(Record));
    for (int s = 0; s < states; s++)
        printf("%s\"%s\": %.6f", s ? ", " : "", state_names[s], held[s] / days);
    printf("}, \"flows\": {");
    for (int f = 0; f < moves; f++)
        printf("%s\"%s\": %lld", f ? ", " : "", flow_names[f], (long long)total[f]);
    printf("}}\n");
}

/* ---- flow ---------------------------------------------------------------------------------- */

enum { HELD, FREE };
enum { TO_FREE, TO_OUT, TO_HELD, COMES };

static const char *const flow_states[] = {"held", "free"};
static const char *const flow_moves[] = {"held > free", "held > out", "free > held", "admitted"};

static void flow(double daily, uint64_t seed) {
    const Table *held = table_of(integral_lognormal, 180, 180, days);
    const Table *free_ = table_of(integral_exponential, 365, 0, days);
    const Table *table[2] = {free_, held};
    uint64_t stream = mix(seed + 0x9E3779B97F4A7C15ull), born = 0;
    state_names = flow_states;
    flow_names = flow_moves;
    calendar(daily * (475 < days ? 475 : days));
    double start = seconds();
    int64_t now[2] = {0};
    for (int day = 0; day < days; day++) {
        int64_t move[4] = {0};
#ifdef COUNTING
        move[TO_OUT] = leaving[day][0];
#endif
        int left = poisson(daily, stream, day);
        move[COMES] = left;
        for (;;) {
            Record fresh[CHUNK], *records = fresh;
            int chunk = -1, count;
            int due[CHUNK];
            uint64_t word[CHUNK];
            if (left > 0) {
                count = left < CHUNK ? left : CHUNK;
                left -= count;
                for (int i = 0; i < count; i++)
                    fresh[i] = (Record){mix(stream + ++born * 0x9E3779B97F4A7C15ull), TO_HELD - (1ull << 32)};
            } else if (!(count = take(day, &records, &chunk))) {
                break;
            }
            for (int i = 0; i < count; i++) {
                uint64_t what = (uint32_t)records[i].word, key = records[i].key;
                uint64_t visit = (records[i].word >> 32) + 1;
                uint64_t to_held = what == TO_HELD;
                if (visit != 1ull << 32) move[what]++;
                visit = (uint32_t)visit;
                uint64_t out = uniform(key, visit, SALT_BRANCH) >= 0.35;
                due[i] = NEVER;
                if (what != TO_OUT) due[i] = day + look_up(table[to_held], uniform(key, visit, SALT_STAY));
                word[i] = visit << 32 | (to_held ? out : TO_HELD);
            }
            for (int i = 0; i < count; i++)
                if ((uint32_t)word[i] != TO_OUT || !counted(day, due[i], 0))
                    append(due[i], records[i].key, word[i]);
            if (chunk >= 0) give_back(chunk);
        }
        now[HELD] += move[COMES] + move[TO_HELD] - move[TO_FREE] - move[TO_OUT];
        now[FREE] += move[TO_FREE] - move[TO_HELD];
        for (int s = 0; s < 2; s++) census[day][s] = now[s];
        for (int f = 0; f < 4; f++) flows[day / 30][f] += move[f];
    }
    report(seconds() - start, 2, 4);
}

/* ---- capacity ------------------------------------------------------------------------------ */

enum { REVIEW, STAYED, WAITING, PLACED };
enum { PETITIONED, LINED, DECIDED_LINE, DECIDED_OUT, GAVE_UP, LEFT, SERVED, ENTERED };

static const char *const capacity_states[] = {"review", "stayed", "waiting", "held"};
static const char *const capacity_moves[] = {
    "review > stayed", "review > waiting", "stayed > waiting", "stayed > out",
    "waiting > out",   "held > out",       "waiting > held",   "admitted"};

/* Whoever waits has a slot in a ring, in the order of the line; `visit` -1: has left it. */
typedef struct { uint64_t key; int32_t visit, joined; } Slot;

static Slot *ring, *sorted;
static uint64_t ring_mask;

static inline uint64_t lot(const Slot *s) { return bits(s->key, s->visit, SALT_LOT); }

/* Those who joined today, by lot: buckets by the lot's first bits, then insertion. */
static void by_lot(uint64_t from, uint64_t to) {
    static uint64_t *lots, room;
    static uint32_t *place, shelves;
    uint64_t count = to - from;
    uint32_t shift = 64;
    while ((1ull << (64 - shift)) < count && shift > 44) shift--;
    if (shift == 64) return;
    if (count > room) {
        room = 2 * count;
        free(lots), free(sorted);
        lots = malloc(2 * room * sizeof(uint64_t));
        sorted = malloc(room * sizeof(Slot));
    }
    if (1u << (64 - shift) > shelves) {
        shelves = 1u << (64 - shift);
        free(place);
        place = malloc((shelves + 1) * sizeof(uint32_t));
    }
    uint64_t *by = lots + room;
    memset(place, 0, ((1u << (64 - shift)) + 1) * sizeof(uint32_t));
    for (uint64_t i = 0; i < count; i++) {
        lots[i] = lot(&ring[(from + i) & ring_mask]);
        place[(lots[i] >> shift) + 1]++;
    }
    for (uint32_t i = 0; i < 1u << (64 - shift); i++) place[i + 1] += place[i];
    for (uint64_t i = 0; i < count; i++) {
        uint32_t at = place[lots[i] >> shift]++;
        sorted[at] = ring[(from + i) & ring_mask];
        by[at] = lots[i];
    }
    for (uint64_t i = 1; i < count; i++) {
        Slot s = sorted[i];
        uint64_t value = by[i], j = i;
        for (; j > 0 && by[j - 1] > value; j--) sorted[j] = sorted[j - 1], by[j] = by[j - 1];
        sorted[j] = s, by[j] = value;
    }
    for (uint64_t i = 0; i < count; i++) ring[(from + i) & ring_mask] = sorted[i];
}

static void capacity(double daily, uint64_t seed, int64_t places) {
    const Table *petition = table_of(integral_exponential, 7, 0, days);
    const Table *stay = table_of(integral_lognormal, 60, 60, days);
    const Table *held = table_of(integral_lognormal, 180, 180, days);
    const int review = 14, patience = 180;
    uint64_t stream = mix(seed + 0x9E3779B97F4A7C15ull), born = 0;
    state_names = capacity_states;
    flow_names = capacity_moves;
    calendar(daily * 420 + 1000);
    uint64_t size = 1024;
    while (size < daily * 1000) size *= 2;
    ring = memory(size * sizeof(Slot));
    ring_mask = size - 1;
    uint64_t head = 0, tail = 0;
    double start = seconds();
    int64_t now[STATES] = {0};
    for (int day = 0; day < days; day++) {
        int64_t move[FLOWS] = {0};
#ifdef COUNTING
        move[LEFT] = leaving[day][0];
        move[DECIDED_OUT] = leaving[day][1];
#endif
        int left = poisson(daily, stream, day);
        uint64_t before = tail; /* those who join today are behind it */
        move[ENTERED] = left;
        for (; left > 0;) {
            int count = left < CHUNK ? left : CHUNK, due[CHUNK];
            uint64_t key[CHUNK], what[CHUNK];
            left -= count;
            for (int i = 0; i < count; i++) {
                key[i] = mix(stream + ++born * 0x9E3779B97F4A7C15ull);
                due[i] = day + review;
                what[i] = LINED;
                if (uniform(key[i], 0, SALT_CHANCE) < 0.2) {
                    int k = look_up(petition, uniform(key[i], 0, SALT_STAY));
                    if (k <= review) due[i] = day + k, what[i] = PETITIONED;
                }
            }
            for (int i = 0; i < count; i++) append(due[i], key[i], what[i]);
        }
        now[REVIEW] += move[ENTERED];
        for (;;) { /* what is due today and the line, until nothing moves */
            Record *records;
            int chunk, count, moved = 0;
            while ((count = take(day, &records, &chunk))) {
                moved = 1;
                int due[CHUNK];
                Record out[CHUNK];
                int n = 0;
                for (int i = 0; i < count; i++) {
                    uint64_t what = (uint32_t)records[i].word, key = records[i].key;
                    uint64_t visit = (records[i].word >> 32) + 1;
                    if (what == LEFT) { /* by far the most, and nothing follows */
                        move[LEFT]++;
                    } else if (what == LINED || what == DECIDED_LINE) {
                        move[what]++;
                        ring[tail++ & ring_mask] = (Slot){key, (int32_t)visit, day};
                    } else if (what == PETITIONED) {
                        move[what]++;
                        uint64_t line = uniform(key, visit, SALT_BRANCH) < 0.5;
                        due[n] = day + look_up(stay, uniform(key, visit, SALT_STAY));
                        out[n++] = (Record){key, visit << 32 | (line ? DECIDED_LINE : DECIDED_OUT)};
                    } else if (what == GAVE_UP) {
                        Slot *s = &ring[key & ring_mask];
                        if (key >= head && s->visit >= 0) s->visit = -1, move[GAVE_UP]++;
                    } else {
                        move[what]++;
                    }
                }
                for (int i = 0; i < n; i++)
                    if ((uint32_t)out[i].word != DECIDED_OUT || !counted(day, due[i], 1))
                        append(due[i], out[i].key, out[i].word);
                give_back(chunk);
            }
            int64_t inside = now[PLACED] + move[SERVED] - move[LEFT];
            int64_t waiting = now[WAITING] + move[LINED] + move[DECIDED_LINE] - move[GAVE_UP] - move[SERVED];
            if (inside + waiting > places) by_lot(before > head ? before : head, tail);
            while (inside < places && head < tail) {
                int due[CHUNK], n = 0;
                Record out[CHUNK];
                while (n < CHUNK && inside < places && head < tail) {
                    Slot *s = &ring[head++ & ring_mask];
                    if (s->visit < 0) continue;
                    uint64_t visit = (uint64_t)s->visit + 1;
                    due[n] = day + look_up(held, uniform(s->key, visit, SALT_STAY));
                    out[n++] = (Record){s->key, visit << 32 | LEFT};
                    inside++;
                }
                move[SERVED] += n;
                for (int i = 0; i < n; i++)
                    if (!counted(day, due[i], 0)) append(due[i], out[i].key, out[i].word);
            }
            if (!moved || bucket[day].head < 0) break;
        }
        /* Whoever still waits of those who joined today leaves the line some day. */
        for (uint64_t at = before > head ? before : head; at < tail; at++)
            append(day + patience, at, GAVE_UP);
        now[REVIEW] -= move[PETITIONED] + move[LINED];
        now[STAYED] += move[PETITIONED] - move[DECIDED_LINE] - move[DECIDED_OUT];
        now[WAITING] += move[LINED] + move[DECIDED_LINE] - move[GAVE_UP] - move[SERVED];
        now[PLACED] += move[SERVED] - move[LEFT];
        for (int s = 0; s < 4; s++) census[day][s] = now[s];
        for (int f = 0; f < 8; f++) flows[day / 30][f] += move[f];
    }
    report(seconds() - start, 4, 8);
}

int main(int count, char **words) {
    if (count < 5) return 2;
    days = atoi(words[3]);
    census = calloc(days, sizeof(*census));
    flows = calloc(days / 30 + 1, sizeof(*flows));
#ifdef COUNTING
    leaving = calloc(days, sizeof(*leaving));
#endif
    uint64_t seed = strtoull(words[4], 0, 10);
    if (!strcmp(words[1], "flow")) flow(atof(words[2]), seed);
    else if (count > 5) capacity(atof(words[2]), seed, atoll(words[5]));
    return 0;
}
