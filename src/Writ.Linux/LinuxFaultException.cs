using System.Runtime.InteropServices;

namespace Writ.Linux;

/// <summary>The kernel refused an operation that was expected to succeed: which one, and its errno.</summary>
public sealed class LinuxFaultException : Exception
{
    public LinuxFaultException(string operation, int errno)
        : base($"{operation}: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
    {
        Operation = operation;
        Errno = errno;
    }

    public string Operation { get; }

    public int Errno { get; }

    internal static LinuxFaultException Last(string operation) => new(operation, Marshal.GetLastPInvokeError());
}

/// <summary>The error numbers that callers decide on.</summary>
public static class Errno
{
    public const int NotPermitted = LibC.EPERM;
    public const int NotFound = LibC.ENOENT;
    public const int NoSuchProcess = LibC.ESRCH;
    public const int Io = LibC.EIO;
    public const int OtherFileSystem = LibC.EXDEV;
    public const int TooManyArguments = LibC.E2BIG;
    public const int NotAProgram = LibC.ENOEXEC;
    public const int WouldBlock = LibC.EAGAIN;
    public const int AccessDenied = LibC.EACCES;
    public const int NotDirectory = LibC.ENOTDIR;
    public const int BrokenPipe = LibC.EPIPE;
    public const int NameTooLong = LibC.ENAMETOOLONG;
    public const int NotImplemented = LibC.ENOSYS;
    public const int TooManyLinks = LibC.ELOOP;
    public const int NotSupported = LibC.EOPNOTSUPP;
}
