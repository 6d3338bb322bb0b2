// SPDX-License-Identifier: MIT
// boot/boot.c - from the first instruction in C to the prompt.
#include "boot/machine.h"
#include "kernel/abi/errno.h"
#include "kernel/base/fdt.h"
#include "kernel/base/panic.h"
#include "kernel/boot_metric.h"
#include "kernel/bootargs.h"
#include "kernel/omit.h"
#include "kernel/command.h"
#include "kernel/console.h"
#include "kernel/dispatch.h"
#include "kernel/drivers/uart.h"
#include "kernel/fs/fs.h"
#include "kernel/irqchip.h"
#include "kernel/poweroff.h"
#include "kernel/proc/process.h"
#include "kernel/processor.h"
#include "kernel/riscv/context.h"
#include "kernel/riscv/fence.h"
#include "kernel/riscv/time.h"
#include "kernel/runq.h"
#include "kernel/thread.h"
#include "kernel/throttle.h"
#include "kernel/wallclock.h"
#include "kernel/watchdog.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/memory.h"
#include "mm/user/aspace.h"
#include "mm/user/tlb.h"

#include "sync/spinlock.h"

// With what the machine ends if a word on the command line is wrong, and if it has no first
// program.
enum { STATUS_BAD_BOOTARGS = 2, STATUS_NO_INIT = 3 };

static struct fdt fdt;

static void open_device_tree(pa_t dtb)
{
    if (fdt_open(&fdt, pa_to_va(dtb), FDT_BYTES_MAX) != 0) {
        panic("the firmware passed no device tree that can be read (at %lx)", dtb.raw);
    }
}

static void start_memory(pa_t image, pa_t dtb)
{
    struct memory_map map;

    machine_memory(&fdt, image, dtb, &map);
    memory_init(&map);
}

static void load_kernel_map(void)
{
    csr_write(satp, kernel_map_init());
    sfence_vma_all();
}

static void start_devices(void)
{
    poweroff_init(&fdt);
    if (irqchip_init(&fdt) != 0) {
        printk("no interrupt controller with a driver serves this hart: console input is polled\n");
    }
    if (uart_init(&fdt) != 0) {
        printk("no driver for the console's serial port: the firmware's console stays\n");
    }
    if (machine_initrd(&fdt).bytes != 0) { // none but programs ask for the date
        wallclock_init(&fdt);
    }
}

static void read_bootargs(void)
{
    if (bootargs_init(&fdt) != 0 || machine_lockwait(bootargs.lockwait) != 0 ||
        machine_policy(&bootargs) != 0 || machine_lock() != 0 || omit_choose(bootargs.omit) != 0) {
        poweroff(STATUS_BAD_BOOTARGS);
    }
    tlb_at_most(bootargs.asids);
    watchdog_init(bootargs.watchdog);
}

// The first process, if there is something to make it of.
static int user_main(void *unused)
{
    struct memory_range initrd = machine_initrd(&fdt);
    int err = initrd.bytes == 0 ? -ENOENT : fs_mount_root(pa_to_va(initrd.base), initrd.bytes);

    (void)unused;
    if (err == 0) {
        boot_metric_end();
        err = process_start_init();
    }
    printk("cannot run /init of the initial files: error %d\n", -err);
    poweroff(STATUS_NO_INIT);
}

static void start_first_thread(void)
{
    thread_fn *first = bootargs.user ? user_main : shell_main;

    if (thread_spawn(&(struct thread_attr){.name = "init"}, first, NULL) != 1) {
        panic("the first thread is not thread 1");
    }
}

static void make_idle(void)
{
    if (thread_make_idle(this_processor()) != 0) {
        panic("no memory for the first idle thread");
    }
}

static void greet(void)
{
    printk("Hartbeat: %u of %u harts, policy %s, queues %s, lock %s (%s), console %s\n",
           harts_online(), harts_present(), bootargs.sched, bootargs.queues, SPIN_NAME,
           bootargs.lockwait, console_name());
}

// The boot list: one line, one step. Called by boot/entry.S with translation on, interrupts off,
// and the linear map readable and writable.
NORETURN void boot_main(hartid_t boot_hart, pa_t dtb, pa_t image, uint64_t instret);
void boot_main(hartid_t boot_hart, pa_t dtb, pa_t image, uint64_t instret)
{
    this_processor()->current = &boot_thread;
    boot_metric_begin(instret, read_time());
    firmware_console_init();          // what goes wrong can be said
    open_device_tree(dtb);            // everything about the machine comes from it
    machine_time(&fdt);               // timebase, and how the timer is set
    start_memory(image, dtb);         // frames can be allocated
    load_kernel_map();                // final permissions; the boot tables are done with
    processors_init(&fdt, boot_hart); // every hart has a number and a Processor
    start_devices();                  // console, interrupt controller, power
    threads_init();                   // what threads keep can be reclaimed
    throttle_init();                  // real-time threads have their share of a hart
    aspaces_init();                   // programs can have memory
    read_bootargs();                  // policy, lock waiting, seed; or refuse
    make_idle();                      // this hart can switch
    processor_boot_online();          // and be asked for things
    processors_start();               // the other harts too
    greet();
    watchdog_start();     // harts look at each other
    start_first_thread(); // /init of the initial files, or the kernel's own prompt
    stack_leave(this_processor()->idle->stack_top, dispatch_idle);
}
