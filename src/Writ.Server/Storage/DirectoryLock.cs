using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Writ.Linux;

namespace Writ.Server.Storage;

/// <summary>
/// The claim of one process on a data directory: an flock on the lock file, which the kernel drops when the process
/// ends in whatever way, and the holder's process id inside for whoever is refused.
/// </summary>
sealed class DirectoryLock : IDisposable
{
    const int PidBytesMax = 16;
    readonly SafeFileHandle _file;

    DirectoryLock(SafeFileHandle file) => _file = file;

    internal static DirectoryLock Take(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = DurableFiles.OpenLockFile(path);
            if (!DurableFiles.TryLock(file))
            {
                throw new LedgerFaultException(
                    StorageCodes.Locked,
                    $"Process {Holder(file)} already uses the data directory (lock file '{path}').");
            }
            var pid = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, pid, 0);
            var taken = new DirectoryLock(file);
            file = null;
            return taken;
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Taking the lock of the data directory", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Taking the lock of the data directory", e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    static string Holder(SafeFileHandle file)
    {
        Span<byte> content = stackalloc byte[PidBytesMax];
        var text = Encoding.ASCII.GetString(content[..RandomAccess.Read(file, content, 0)]).Trim();
        return text.Length > 0 ? text : "(unknown)";
    }

    public void Dispose()
    {
        if (_file.IsClosed)
            return;
        DurableFiles.Unlock(_file);
        _file.Dispose();
    }
}
