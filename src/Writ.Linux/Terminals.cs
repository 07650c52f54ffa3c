using System.Text;

namespace Writ.Linux;

/// <summary>The size of a terminal in character cells; 0 by 0 means unknown.</summary>
public readonly record struct WindowSize(int Rows, int Columns);

/// <summary>A new pseudo-terminal: we hold the master, the command gets the slave.</summary>
public sealed unsafe class PseudoTerminal : IDisposable
{
    PseudoTerminal(Descriptor master, Descriptor slave)
    {
        Master = master;
        Slave = slave;
    }

    public Descriptor Master { get; }

    /// <summary>Ours only until the child has its copy; close it then, or the end of output is never seen.</summary>
    public Descriptor Slave { get; }

    public static PseudoTerminal Open(WindowSize size)
    {
        var number = LibC.posix_openpt(LibC.O_RDWR | LibC.O_NOCTTY | LibC.O_CLOEXEC);
        if (number < 0)
            throw LinuxFaultException.Last("posix_openpt");
        var master = new Descriptor(number);
        if (LibC.grantpt(number) != 0 || LibC.unlockpt(number) != 0)
        {
            var fault = LinuxFaultException.Last("unlockpt");
            master.Dispose();
            throw fault;
        }
        // By descriptor, not by name: /dev/pts/N may be a different file system for whoever resolves it.
        var slave = LibC.ioctl(
            number, LibC.TIOCGPTPEER, (void*)(LibC.O_RDWR | LibC.O_NOCTTY | LibC.O_CLOEXEC));
        if (slave < 0)
        {
            var fault = LinuxFaultException.Last("ioctl(TIOCGPTPEER)");
            master.Dispose();
            throw fault;
        }
        Terminal.Resize(master, size);
        return new PseudoTerminal(master, new Descriptor(slave));
    }

    public string SlaveName
    {
        get
        {
            var buffer = stackalloc byte[64];
            var error = LibC.ptsname_r(Master.Number, buffer, 64);
            if (error != 0)
                throw new LinuxFaultException("ptsname_r", error);
            return Encoding.UTF8.GetString(
                System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));
        }
    }

    public void Dispose()
    {
        Slave.Dispose();
        Master.Dispose();
    }
}

/// <summary>Questions and orders to a terminal somebody else opened.</summary>
public static unsafe class Terminal
{
    public static bool IsTerminal(Descriptor descriptor) => LibC.isatty(descriptor.Number) == 1;

    /// <summary>The size, or 0 by 0 when this is no terminal.</summary>
    public static WindowSize Size(Descriptor descriptor)
    {
        LibC.winsize size;
        return LibC.ioctl(descriptor.Number, LibC.TIOCGWINSZ, &size) == 0
            ? new WindowSize(size.ws_row, size.ws_col)
            : default;
    }

    public static void Resize(Descriptor descriptor, WindowSize size)
    {
        var native = new LibC.winsize
        {
            ws_row = (ushort)Math.Clamp(size.Rows, 0, ushort.MaxValue),
            ws_col = (ushort)Math.Clamp(size.Columns, 0, ushort.MaxValue),
        };
        if (LibC.ioctl(descriptor.Number, LibC.TIOCSWINSZ, &native) != 0)
            throw LinuxFaultException.Last("ioctl(TIOCSWINSZ)");
    }

    /// <summary>Puts the terminal into raw mode until the returned value is disposed.</summary>
    public static RawMode EnterRawMode(Descriptor descriptor)
    {
        LibC.termios before;
        if (LibC.tcgetattr(descriptor.Number, &before) != 0)
            throw LinuxFaultException.Last("tcgetattr");
        var raw = before;
        LibC.cfmakeraw(&raw);
        if (LibC.tcsetattr(descriptor.Number, LibC.TCSADRAIN, &raw) != 0)
            throw LinuxFaultException.Last("tcsetattr");
        return new RawMode(descriptor, before);
    }

    /// <summary>Raw mode in force; disposing it restores what was before, once.</summary>
    public sealed class RawMode : IDisposable
    {
        readonly Descriptor _descriptor;
        LibC.termios _before;
        bool _restored;

        internal RawMode(Descriptor descriptor, LibC.termios before)
        {
            _descriptor = descriptor;
            _before = before;
        }

        public void Dispose()
        {
            if (_restored)
                return;
            _restored = true;
            fixed (LibC.termios* before = &_before)
                _ = LibC.tcsetattr(_descriptor.Number, LibC.TCSADRAIN, before);
        }
    }
}
