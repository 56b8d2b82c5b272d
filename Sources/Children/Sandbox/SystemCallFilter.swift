// The calls of the kernel that no test needs and that holes in kernels were found behind, as a
// program for the kernel's packet filter: the format is in linux/seccomp.h and linux/filter.h, the
// numbers are in asm/unistd.h.

/// Refuses system calls.
enum SystemCallFilter {
  private struct Machine {
    /// AUDIT_ARCH of linux/audit.h.
    var architecture: UInt32
    var clone: UInt32
    var mmap: UInt32
    /// socket and socketpair.
    var sockets: [UInt32]
    var setsockopt: UInt32
    var refused: [UInt32]
  }

  /// Of every machine: io_uring_setup, io_uring_enter, io_uring_register, open_tree, move_mount,
  /// fsopen, fsconfig, fsmount, fspick, pidfd_getfd, mount_setattr, memfd_secret.
  private static let refusedEverywhere: [UInt32] = [
    425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 447,
  ]
  private static let clone3: UInt32 = 435
  /// CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together.
  private static let newNamespaces: UInt32 = 0x7E02_0000
  // Flags of mmap.
  private static let shared: UInt32 = 0x01
  private static let anonymous: UInt32 = 0x20
  private static let hugePages: UInt32 = 0x4_0000
  /// AF_UNIX: the one family of sockets whose buffers are as few as files that are open.
  private static let local: UInt32 = 1
  /// SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE and SO_RCVBUFFORCE, which make buffers larger than usual.
  private static let buffers: [UInt32] = [7, 8, 32, 33]

  #if arch(x86_64)
  /// In this order: ptrace, syslog, mount, umount2, pivot_root, chroot, swapon, swapoff, reboot,
  /// sethostname, setdomainname, iopl, ioperm, init_module, finit_module, delete_module, quotactl,
  /// acct, settimeofday, adjtimex, clock_settime, clock_adjtime, kexec_load, kexec_file_load,
  /// add_key, request_key, keyctl, unshare, setns, perf_event_open, fanotify_init,
  /// name_to_handle_at, open_by_handle_at, process_vm_readv, process_vm_writev, kcmp, bpf,
  /// userfaultfd, personality; and, for memory that no limit counts, shmget, semget, msgget, mq_open
  /// and memfd_create.
  private static let machine: Machine? = Machine(
    architecture: 0xC000_003E, clone: 56, mmap: 9, sockets: [41, 53], setsockopt: 54,
    refused: [
      101, 103, 165, 166, 155, 161, 167, 168, 169, 170, 171, 172, 173, 175, 313, 176, 179, 163, 164,
      159, 227, 305, 246, 320, 248, 249, 250, 272, 308, 298, 300, 303, 304, 310, 311, 312, 321, 323,
      135, 29, 64, 68, 240, 319,
    ])
  #elseif arch(arm64)
  /// The same calls, iopl and ioperm apart, which this machine does not have.
  private static let machine: Machine? = Machine(
    architecture: 0xC000_00B7, clone: 220, mmap: 222, sockets: [198, 199], setsockopt: 208,
    refused: [
      117, 116, 40, 39, 41, 51, 224, 225, 142, 161, 162, 105, 273, 106, 60, 89, 170, 171, 112, 266,
      104, 294, 217, 218, 219, 97, 268, 241, 262, 264, 265, 270, 271, 272, 280, 282, 92, 194, 190,
      186, 180, 279,
    ])
  #else
  private static let machine: Machine? = nil
  #endif

  /// The filter for this machine; nil where the numbers are not known.
  static let program: [UInt8]? = machine.map(assembled)

  private static func assembled(for machine: Machine) -> [UInt8] {
    var program: [UInt8] = []
    func add(_ code: UInt16, _ value: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0) {
      withUnsafeBytes(of: code) { program += $0 }
      program += [ifTrue, ifFalse]
      withUnsafeBytes(of: value) { program += $0 }
    }
    let load: UInt16 = 0x20
    let jumpIfEqual: UInt16 = 0x15
    let jumpIfAtLeast: UInt16 = 0x35
    let jumpIfAnyBit: UInt16 = 0x45
    let give: UInt16 = 0x06
    let kill: UInt32 = 0x8000_0000
    let allow: UInt32 = 0x7FFF_0000
    let notPermitted: UInt32 = 0x5_0001
    let noMemory: UInt32 = 0x5_000C
    let notImplemented: UInt32 = 0x5_0026
    let noSuchFamily: UInt32 = 0x5_0061
    // The offsets of struct seccomp_data: the number at 0, the architecture at 4, the low half of
    // argument n at 16 + 8n.
    add(load, 4)
    add(jumpIfEqual, machine.architecture, ifTrue: 1)
    add(give, kill)
    add(load, 0)
    // The second set of numbers that x86-64 has, which would pass by all that follows.
    add(jumpIfAtLeast, 0x4000_0000, ifFalse: 1)
    add(give, kill)
    // Its flags are behind a pointer, where no filter can look; without it programs use clone.
    add(jumpIfEqual, clone3, ifFalse: 1)
    add(give, notImplemented)
    for number in machine.refused + refusedEverywhere {
      add(jumpIfEqual, number, ifFalse: 1)
      add(give, notPermitted)
    }
    add(jumpIfEqual, machine.clone, ifFalse: 4)
    add(load, 16)
    add(jumpIfAnyBit, newNamespaces, ifFalse: 1)
    add(give, notPermitted)
    add(give, allow)
    for number in machine.sockets {
      add(jumpIfEqual, number, ifFalse: 4)
      add(load, 16)
      add(jumpIfEqual, local, ifTrue: 1)
      add(give, noSuchFamily)
      add(give, allow)
    }
    add(jumpIfEqual, machine.setsockopt, ifFalse: UInt8(2 + 2 * buffers.count))
    add(load, 32)
    for option in buffers {
      add(jumpIfEqual, option, ifFalse: 1)
      add(give, notPermitted)
    }
    add(give, allow)
    // Pages of shared memory stay when a process gives them up, where nobody who counts sees them;
    // nor are huge pages counted among a process's own.
    add(jumpIfEqual, machine.mmap, ifFalse: 6)
    add(load, 40)
    add(jumpIfAnyBit, hugePages, ifFalse: 1)
    add(give, noMemory)
    add(jumpIfAnyBit, anonymous, ifFalse: 2)
    add(jumpIfAnyBit, shared, ifFalse: 1)
    add(give, noMemory)
    add(give, allow)
    return program
  }
}
