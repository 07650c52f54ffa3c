using System.Net.Sockets;
using Writ.Linux;

namespace Writ.Server.Running;

/// <summary>
/// A socket that is bound into a run's sandbox: it listens in a directory of the run's own, and the run's user alone
/// can connect. What a connection is worth is for whoever has it to say.
/// </summary>
sealed class SandboxSocket : IDisposable
{
    const int OwnerOnly = 0x180;

    readonly Socket _listener;
    readonly Descriptor _directory;

    SandboxSocket(Socket listener, Descriptor directory, string path) =>
        (_listener, _directory, Path) = (listener, directory, path);

    /// <summary>Where it is outside of the sandbox.</summary>
    public string Path { get; }

    /// <exception cref="IOException">It cannot listen there.</exception>
    public static SandboxSocket Listen(string directory, string name, int uid, int gid, int backlog)
    {
        var path = System.IO.Path.Combine(directory, name);
        // The address of a socket is short, and a directory may be anywhere.
        var held = Files.TryOpenRead(directory, out var errno)
            ?? throw new LinuxFaultException($"open {directory}", errno);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint($"/proc/self/fd/{held.Number}/{name}"));
            Files.SetMode(path, OwnerOnly);
            if (uid != ThisProcess.EffectiveUid)
                Files.ChangeOwner(path, uid, gid);
            listener.Listen(backlog);
            return new SandboxSocket(listener, held, path);
        }
        catch (Exception fault)
        {
            listener.Dispose();
            held.Dispose();
            if (fault is SocketException)
                throw new IOException($"the run's socket '{name}' cannot be opened: {fault.Message}", fault);
            throw;
        }
    }

    /// <exception cref="SocketException">The machine is out of descriptors, or it is closed.</exception>
    public ValueTask<Socket> Accept(CancellationToken cancel) => _listener.AcceptAsync(cancel);

    /// <summary>Takes nothing more; its name stays until the end.</summary>
    public void Close() => _listener.Close();

    // In this order: the name of the socket goes through the directory.
    public void Dispose()
    {
        _listener.Dispose();
        _directory.Dispose();
    }
}
