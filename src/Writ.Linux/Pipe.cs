namespace Writ.Linux;

/// <summary>A one-way pipe; both ends are close-on-exec until a child table names them.</summary>
public readonly record struct Pipe(Descriptor Reader, Descriptor Writer)
{
    public static unsafe Pipe Create()
    {
        var ends = stackalloc int[2];
        if (LibC.pipe2(ends, LibC.O_CLOEXEC) != 0)
            throw LinuxFaultException.Last("pipe2");
        return new Pipe(new Descriptor(ends[0]), new Descriptor(ends[1]));
    }
}

/// <summary>A counter another thread can poll: the way to wake a thread that waits in the kernel.</summary>
public sealed class WakeSignal : IDisposable
{
    public WakeSignal()
    {
        var number = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
        if (number < 0)
            throw LinuxFaultException.Last("eventfd");
        Descriptor = new Descriptor(number);
    }

    public Descriptor Descriptor { get; }

    /// <summary>Wakes the waiter; a signal already set stays set.</summary>
    public void Set()
    {
        Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        var result = Descriptor.Write(one);
        if (result < 0 && result != -LibC.EAGAIN)
            throw new LinuxFaultException("write(eventfd)", -result);
    }

    public void Clear()
    {
        Span<byte> value = stackalloc byte[8];
        var result = Descriptor.Read(value);
        if (result < 0 && result != -LibC.EAGAIN)
            throw new LinuxFaultException("read(eventfd)", -result);
    }

    public void Dispose() => Descriptor.Dispose();
}
