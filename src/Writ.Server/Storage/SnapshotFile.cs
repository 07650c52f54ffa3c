using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Writ.Server.Storage;

/// <summary>
/// The file a folded state waits in. Written beside and renamed, but not synced: after a power cut it may be old,
/// missing or torn, and its digest tells.
/// </summary>
/// <remarks>Magic (8), size (8, little-endian), root (32), SHA-256 over size, root and content (32), content.</remarks>
static class SnapshotFile
{
    const int SizeOffset = 8;
    const int RootOffset = 16;
    const int DigestOffset = 48;
    const int HeaderBytes = 80;

    static ReadOnlySpan<byte> Magic => "WRITSNP1"u8;

    internal static void Save(string path, long size, ReadOnlySpan<byte> root, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(root.Length, LedgerHead.RootBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, LedgerLimits.SnapshotBytesMax);
        Span<byte> header = stackalloc byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt64LittleEndian(header[SizeOffset..], size);
        root.CopyTo(header[RootOffset..]);
        DigestOf(header, content, header[DigestOffset..]);
        var beside = path + ".new";
        try
        {
            using (var file = new FileStream(beside, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                file.Write(header);
                file.Write(content);
            }
            File.Move(beside, path, overwrite: true);
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Saving the snapshot", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Saving the snapshot", e);
        }
    }

    internal static LedgerSnapshot? Load(string path)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            if (length is < HeaderBytes or > (long)HeaderBytes + LedgerLimits.SnapshotBytesMax)
                return null;
            return Read(file, checked((int)length));
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Loading the snapshot", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Loading the snapshot", e);
        }
    }

    static LedgerSnapshot? Read(SafeFileHandle file, int length)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        var content = new byte[length - HeaderBytes];
        if (!TryFill(file, header, 0) || !TryFill(file, content, HeaderBytes))
            return null;
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        DigestOf(header, content, digest);
        var size = BinaryPrimitives.ReadInt64LittleEndian(header[SizeOffset..]);
        var whole = header[..Magic.Length].SequenceEqual(Magic) && digest.SequenceEqual(header[DigestOffset..]);
        return whole && size >= 0
            ? new LedgerSnapshot(size, header[RootOffset..DigestOffset].ToArray(), content)
            : null;
    }

    static bool TryFill(SafeFileHandle file, Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var count = RandomAccess.Read(file, target, offset);
            if (count == 0)
                return false;
            target = target[count..];
            offset += count;
        }
        return true;
    }

    static void DigestOf(ReadOnlySpan<byte> header, ReadOnlySpan<byte> content, Span<byte> digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header[..DigestOffset]);
        hash.AppendData(content);
        hash.GetHashAndReset(digest);
    }
}
