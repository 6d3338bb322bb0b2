// SPDX-License-Identifier: MIT
// mm/memory.c - boot: carve the machine's RAM into free memory.
//
// Everything that is taken goes on one list, unsorted and overlapping as it comes, and each RAM
// range is walked from hole to hole. Quadratic in at most 49 entries, linear in nothing else.
#include "mm/memory.h"

#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "mm/failpoint.h"
#include "mm/frame.h"
#include "mm/kstack.h"
#include "mm/layout.h"
#include "mm/objcache.h"

// Reserved ranges, the image, and one array of frame states for each RAM range.
enum { TAKEN_MAX = 2 * MEMORY_RANGES_MAX + 1 };

enum { RECLAIMERS_MAX = 2 }; // threads, and page tables of programs

struct extent { // of physical memory, in whole pages
    uint64_t first;
    uint64_t end;
};

pa_t image_pa;
static struct memory_map machine;      // constant after memory_init()
static struct extent taken[TAKEN_MAX]; // boot only
static unsigned nr_taken;              // boot only

static struct extent extent_inside(const struct memory_range *range)
{
    uint64_t end = min_u64(range->base.raw + range->bytes, LINEAR_BYTES);

    return (struct extent){round_up(range->base.raw, PAGE_SIZE), round_down(end, PAGE_SIZE)};
}

static void take(uint64_t base, uint64_t bytes)
{
    assert(nr_taken < TAKEN_MAX);
    taken[nr_taken++] =
        (struct extent){round_down(base, PAGE_SIZE), round_up(base + bytes, PAGE_SIZE)};
}

// Returns: the first address at or after `at` that is in nothing taken.
static uint64_t skip_taken(uint64_t at)
{
    for (unsigned i = 0; i < nr_taken;) {
        if (taken[i].first <= at && at < taken[i].end) {
            at = taken[i].end;
            i = 0;
        } else {
            i++;
        }
    }
    return at;
}

// Find the first hole of `ram` at or after `at`. Returns: whether there is one.
static bool next_hole(const struct extent *ram, uint64_t at, struct extent *hole)
{
    hole->first = skip_taken(at);
    hole->end = ram->end;
    for (unsigned i = 0; i < nr_taken; i++) {
        if (taken[i].first > hole->first) {
            hole->end = min_u64(hole->end, taken[i].first);
        }
    }
    return hole->first < ram->end;
}

// Set aside the states of the frames of `ram`, in the first hole where they fit.
static void add_zone(const struct extent *ram)
{
    uint64_t nframes = (ram->end - ram->first) >> PAGE_SHIFT;
    struct extent hole;

    for (uint64_t at = ram->first; next_hole(ram, at, &hole); at = hole.end) {
        if (hole.end - hole.first >= nframes) {
            take(hole.first, nframes);
            frames_add_zone(pa(ram->first), nframes, pa_to_va(pa(hole.first)));
            return;
        }
    }
    panic("no room for the states of %lu frames", (unsigned long)nframes);
}

static void add_free(const struct extent *ram)
{
    struct extent hole;

    for (uint64_t at = ram->first; next_hole(ram, at, &hole); at = hole.end) {
        frames_add_free(pa(hole.first), (hole.end - hole.first) >> PAGE_SHIFT);
    }
}

static bool overlaps_earlier_ram(const struct extent *ram)
{
    for (unsigned i = 0; i < machine.nr_ram; i++) {
        uint64_t first = machine.ram[i].base.raw;

        if (ram->first < first + machine.ram[i].bytes && first < ram->end) {
            return true;
        }
    }
    return false;
}

// Note, in `machine`, the usable part of each RAM range.
static void note_ram(const struct memory_map *map)
{
    for (unsigned i = 0; i < map->nr_ram; i++) {
        struct extent ram = extent_inside(&map->ram[i]);

        if (ram.first >= ram.end) {
            continue;
        }
        if (overlaps_earlier_ram(&ram)) {
            panic("memory at %lx is described twice", (unsigned long)ram.first);
        }
        machine.ram[machine.nr_ram++] = (struct memory_range){pa(ram.first), ram.end - ram.first};
    }
}

static void note_reserved(const struct memory_map *map)
{
    take(map->image.raw, (uint64_t)(__image_end - __image_start));
    for (unsigned i = 0; i < map->nr_reserved; i++) {
        machine.reserved[machine.nr_reserved++] = map->reserved[i];
        take(map->reserved[i].base.raw, map->reserved[i].bytes);
    }
}

void memory_init(const struct memory_map *map)
{
    assert(map->nr_ram <= MEMORY_RANGES_MAX && map->nr_reserved <= MEMORY_RANGES_MAX);
    machine = (struct memory_map){.image = map->image};
    image_pa = map->image;
    nr_taken = 0;
    note_ram(map);
    note_reserved(map);
    frames_init();
    for (unsigned i = 0; i < machine.nr_ram; i++) {
        struct extent ram = extent_inside(&machine.ram[i]);

        add_zone(&ram);
        add_free(&ram);
    }
}

const struct memory_map *memory_map(void)
{
    return &machine;
}

static void (*reclaimers[RECLAIMERS_MAX])(void); // constant after boot, as is the next
static unsigned nr_reclaimers;

void mm_on_reclaim(void (*reclaim)(void))
{
    assert(nr_reclaimers < RECLAIMERS_MAX);
    reclaimers[nr_reclaimers++] = reclaim;
}

static void reclaim(size_t (*shrink_stacks)(void))
{
    for (unsigned i = 0; i < nr_reclaimers; i++) {
        reclaimers[i]();
    }
    (void)shrink_stacks();
    objcache_shrink_all();
    frames_cache_drain();
}

void mm_reclaim(void)
{
    reclaim(kstack_shrink);
}

void mm_make_room(void)
{
    reclaim(kstack_shrink_surplus);
}

void *frames_alloc_or_reclaim(unsigned order)
{
    if (failpoint(FAILPOINT_RECLAIM)) {
        return NULL;
    }
    void *block = frames_alloc(order);

    if (block == NULL) {
        mm_make_room();
        block = frames_alloc(order);
    }
    return block;
}

void *objcache_alloc_or_reclaim(struct objcache *cache)
{
    if (failpoint(FAILPOINT_RECLAIM)) {
        return NULL;
    }
    void *object = objcache_alloc(cache);

    if (unlikely(object == NULL)) {
        mm_make_room();
        object = objcache_alloc(cache);
    }
    return object;
}
