// SPDX-License-Identifier: MIT
// kernel/fs/poll.c - waiting for any of several files.
#include "kernel/fs/poll.h"

#include "kernel/abi/errno.h"
#include "kernel/abi/poll.h"
#include "kernel/dispatch.h"
#include "kernel/fs/file.h"
#include "kernel/processor.h"
#include "mm/frame.h"
#include "mm/memory.h"

struct poll_page {
    struct poll_page *next;
    struct poll_entry entries[(PAGE_SIZE - sizeof(void *)) / sizeof(struct poll_entry)];
};

void poll_list_init(struct poll_list *list)
{
    spin_init(&list->lock, "poll", RANK_WAITQ);
    list_init(&list->entries);
    atomic_init(&list->nr, 0);
}

void poll_table_init(struct poll_table *table)
{
    table->nr = 0;
    table->no_memory = false;
    table->pages = NULL;
}

// The place of entry `n` beyond those inline, in the newest page.
static struct poll_entry *entry_in_page(struct poll_table *table, unsigned n)
{
    unsigned place = n % ARRAY_SIZE(table->pages->entries);

    if (place == 0) {
        struct poll_page *page = frames_alloc_or_reclaim(0);

        if (page == NULL) {
            return NULL;
        }
        page->next = table->pages;
        table->pages = page;
    }
    return &table->pages->entries[place];
}

static struct poll_entry *new_entry(struct poll_table *table)
{
    struct poll_entry *entry = table->nr < POLL_ENTRIES_INLINE
                                   ? &table->entries[table->nr]
                                   : entry_in_page(table, table->nr - POLL_ENTRIES_INLINE);

    if (entry == NULL) {
        table->no_memory = true;
    } else {
        table->nr++;
    }
    return entry;
}

void poll_table_add(struct poll_table *table, struct poll_list *list)
{
    struct poll_entry *entry = table != NULL ? new_entry(table) : NULL;

    if (entry == NULL) {
        return;
    }
    entry->list = list;
    entry->thread = current();
    unsigned long saved = spin_lock_irqsave(&list->lock);

    list_push_back(&list->entries, &entry->node);
    // relaxed: the fence orders it.
    atomic_fetch_add_explicit(&list->nr, 1, memory_order_relaxed);
    spin_unlock_irqrestore(&list->lock, saved);
    fence_full(); // pairs with the one in poll_notify()
}

static void leave(struct poll_entry *entry)
{
    struct poll_list *list = entry->list;
    unsigned long saved = spin_lock_irqsave(&list->lock);

    list_remove(&entry->node);
    // relaxed: whoever still counts us takes the lock and finds us gone.
    atomic_fetch_sub_explicit(&list->nr, 1, memory_order_relaxed);
    spin_unlock_irqrestore(&list->lock, saved);
}

// Take the entries of the newest page out, and free it.
static void clear_page(struct poll_table *table)
{
    struct poll_page *page = table->pages;

    while (table->nr > POLL_ENTRIES_INLINE) {
        unsigned place = (--table->nr - POLL_ENTRIES_INLINE) % ARRAY_SIZE(page->entries);

        leave(&page->entries[place]);
        if (place == 0) {
            break;
        }
    }
    table->pages = page->next;
    frames_free(page, 0);
}

void poll_table_clear(struct poll_table *table)
{
    while (table->pages != NULL) {
        clear_page(table);
    }
    while (table->nr > 0) {
        leave(&table->entries[--table->nr]);
    }
}

void poll_notify_slow(struct poll_list *list)
{
    unsigned long saved = spin_lock_irqsave(&list->lock);
    struct list *node;

    list_for_each(node, &list->entries)
    {
        dispatch_unpark(list_entry(node, struct poll_entry, node)->thread);
    }
    spin_unlock_irqrestore(&list->lock, saved);
}

unsigned poll_file(struct file *file, struct poll_table *table)
{
    if (file->ops->poll == NULL) {
        return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
    }
    return file->ops->poll(file, table);
}

// Look at all; be told by them, if `table` is not NULL. Returns: how many have something found.
static int look(struct poll_item *items, size_t nr, struct poll_table *table)
{
    int ready = 0;

    for (size_t i = 0; i < nr; i++) {
        struct poll_item *item = &items[i];

        if (item->file == NULL) {
            ready += item->found != 0;
            continue;
        }
        item->found = poll_file(item->file, ready == 0 ? table : NULL) &
                      (item->events | POLLERR | POLLHUP | POLLNVAL);
        ready += item->found != 0;
    }
    return ready;
}

static int park_until(uint64_t deadline_ticks)
{
    unsigned long saved = irq_save();
    int result = dispatch_park(deadline_ticks);

    irq_restore(saved);
    return result;
}

int poll_wait(struct poll_item *items, size_t nr, uint64_t deadline_ticks)
{
    struct poll_table table;
    int result = 0;

    poll_table_init(&table);
    int ready = look(items, nr, deadline_ticks != 0 ? &table : NULL);

    while (ready == 0 && deadline_ticks != 0 && result == 0) {
        result = table.no_memory ? -ENOMEM : park_until(deadline_ticks);
        ready = look(items, nr, NULL);
    }
    poll_table_clear(&table);
    return ready > 0 || result == -ETIMEDOUT ? ready : result;
}
