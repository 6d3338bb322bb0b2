// SPDX-License-Identifier: MIT
// kernel/abi/ioctl.h - requests of ioctl(), and the terminal's settings.
//
// Source: ioctl_tty(2), termios(3), Linux's generic numbers and layouts.
#pragma once

#include <stdint.h>

#define TCGETS     0x5401
#define TCSETS     0x5402
#define TCSETSW    0x5403
#define TCSETSF    0x5404
#define TCSBRK     0x5409
#define TCXONC     0x540A
#define TCFLSH     0x540B
#define TIOCSCTTY  0x540E
#define TIOCGPGRP  0x540F
#define TIOCSPGRP  0x5410
#define TIOCOUTQ   0x5411
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD   0x541B
#define FIONBIO    0x5421
#define TIOCNOTTY  0x5422
#define TIOCGSID   0x5429
#define FIONCLEX   0x5450
#define FIOCLEX    0x5451

#define TCIFLUSH  0
#define TCOFLUSH  1
#define TCIOFLUSH 2

enum { TTY_NCCS = 19 };

struct ktermios {
    uint32_t iflag;
    uint32_t oflag;
    uint32_t cflag;
    uint32_t lflag;
    uint8_t line;
    uint8_t cc[TTY_NCCS];
};
_Static_assert(sizeof(struct ktermios) == 36, "the kernel's struct termios");

struct kwinsize {
    uint16_t rows;
    uint16_t columns;
    uint16_t x_pixels;
    uint16_t y_pixels;
};

// cc[]
#define VINTR    0
#define VQUIT    1
#define VERASE   2
#define VKILL    3
#define VEOF     4
#define VTIME    5
#define VMIN     6
#define VSTART   8
#define VSTOP    9
#define VSUSP    10
#define VEOL     11
#define VREPRINT 12
#define VWERASE  14
#define VLNEXT   15
#define VEOL2    16

// iflag
#define IGNBRK  0000001
#define ISTRIP  0000040
#define INLCR   0000100
#define IGNCR   0000200
#define ICRNL   0000400
#define IXON    0002000
#define IMAXBEL 0020000
#define IUTF8   0040000
// oflag
#define OPOST 0000001
#define ONLCR 0000004
#define OCRNL 0000010
// cflag
#define CS8     0000060
#define CREAD   0000200
#define HUPCL   0002000
#define B38400  0000017
#define B115200 0010002
// lflag
#define ISIG    0000001
#define ICANON  0000002
#define ECHO    0000010
#define ECHOE   0000020
#define ECHOK   0000040
#define ECHONL  0000100
#define NOFLSH  0000200
#define TOSTOP  0000400
#define ECHOCTL 0001000
#define ECHOKE  0004000
#define IEXTEN  0100000
