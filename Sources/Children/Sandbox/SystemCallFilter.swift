// The calls of the kernel that no test needs and that holes in kernels were found behind, as a
// program for the kernel's packet filter: the format is in linux/seccomp.h and linux/filter.h, the
// numbers are in asm/unistd.h.

/// Refuses system calls.
enum SystemCallFilter {
  private struct Machine {
    /// AUDIT_ARCH of linux/audit.h.
    var architecture: UInt32
    var clone: UInt32
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

  #if arch(x86_64)
  /// In this order: ptrace, syslog, mount, umount2, pivot_root, chroot, swapon, swapoff, reboot,
  /// sethostname, setdomainname, iopl, ioperm, init_module, finit_module, delete_module, quotactl,
  /// acct, settimeofday, adjtimex, clock_settime, clock_adjtime, kexec_load, kexec_file_load,
  /// add_key, request_key, keyctl, unshare, setns, perf_event_open, fanotify_init,
  /// name_to_handle_at, open_by_handle_at, process_vm_readv, process_vm_writev, kcmp, bpf,
  /// userfaultfd, personality; and, for memory that no limit counts, shmget and memfd_create.
  private static let machine: Machine? = Machine(
    architecture: 0xC000_003E, clone: 56,
    refused: [
      101, 103, 165, 166, 155, 161, 167, 168, 169, 170, 171, 172, 173, 175, 313, 176, 179, 163, 164,
      159, 227, 305, 246, 320, 248, 249, 250, 272, 308, 298, 300, 303, 304, 310, 311, 312, 321, 323,
      135, 29, 319,
    ])
  #elseif arch(arm64)
  /// The same calls, iopl and ioperm apart, which this machine does not have.
  private static let machine: Machine? = Machine(
    architecture: 0xC000_00B7, clone: 220,
    refused: [
      117, 116, 40, 39, 41, 51, 224, 225, 142, 161, 162, 105, 273, 106, 60, 89, 170, 171, 112, 266,
      104, 294, 217, 218, 219, 97, 268, 241, 262, 264, 265, 270, 271, 272, 280, 282, 92, 194, 279,
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
    let notImplemented: UInt32 = 0x5_0026
    // The offsets of struct seccomp_data: the number at 0, the architecture at 4, the low half of
    // the first argument at 16.
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
    add(jumpIfEqual, machine.clone, ifFalse: 3)
    add(load, 16)
    add(jumpIfAnyBit, newNamespaces, ifFalse: 1)
    add(give, notPermitted)
    add(give, allow)
    return program
  }
}
