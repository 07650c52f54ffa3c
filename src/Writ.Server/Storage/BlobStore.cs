using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Writ.Linux;

namespace Writ.Server.Storage;

/// <summary>
/// Content outside of the ledger, addressed by SHA-256 over salt and content. The salt keeps short content from being
/// guessed after its erasure; it is stored with the content and disappears with it.
/// </summary>
/// <remarks>One file per blob, salt first, in a folder named by the digest's first two characters.</remarks>
public sealed class BlobStore
{
    public const int SaltBytes = 32;
    public const int DefaultBytesMax = 64 * 1024 * 1024;
    const string Prefix = "sha256:";
    const string Unfinished = ".new";
    const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;

    readonly string _root;
    readonly int _bytesMax;
    long _writes;

    /// <summary>Opens the folder, making it where it is missing, and removes what a crash left half-written.</summary>
    public BlobStore(string root, int bytesMax = DefaultBytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesMax);
        _root = root;
        _bytesMax = bytesMax;
        Guarded("Opening the blob store", () =>
        {
            Directory.CreateDirectory(root, PrivateFolder);
            foreach (var remains in Directory.EnumerateFiles(root, "*" + Unfinished))
                File.Delete(remains);
            return true;
        });
    }

    /// <summary>Durable when it returns. The caller draws the salt: 32 random bytes for each content.</summary>
    public BlobReference Put(ReadOnlySpan<byte> content, ReadOnlySpan<byte> salt32)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt32.Length, SaltBytes);
        if (content.Length > _bytesMax)
        {
            throw new LedgerFaultException(
                StorageCodes.TooLarge, $"A blob of {content.Length} bytes is over the limit of {_bytesMax}.");
        }
        var name = HexDigest(salt32, content);
        try
        {
            var folder = Path.Combine(_root, name[..2]);
            var isNewFolder = !Directory.Exists(folder);
            if (isNewFolder)
                Directory.CreateDirectory(folder, PrivateFolder);
            var beside = Path.Combine(_root, $"{name}.{Interlocked.Increment(ref _writes)}{Unfinished}");
            WriteSynced(beside, salt32, content);
            File.Move(beside, Path.Combine(folder, name), overwrite: true);
            DurableFiles.SyncDirectory(folder);
            if (isNewFolder)
                DurableFiles.SyncDirectory(_root);
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Storing a blob", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Storing a blob", e);
        }
        return new BlobReference(Prefix + name, content.Length);
    }

    /// <summary>Null when there is no such blob (never was, or erased); damage is a fault.</summary>
    public Blob? TryGet(string digest)
    {
        if (PathOf(digest) is not { } path)
            return null;
        var stored = Guarded("Reading a blob", () => ReadWhole(path));
        if (stored is null)
            return null;
        var name = Path.GetFileName(path);
        if (stored.Length < SaltBytes || Convert.ToHexStringLower(SHA256.HashData(stored)) != name)
            throw new LedgerFaultException(StorageCodes.Corrupt, $"Blob {digest} is not what was stored.");
        return new Blob(stored[..SaltBytes], stored[SaltBytes..]);
    }

    /// <summary>Removes content and salt for good; false when nothing was there. The ledger keeps the digest.</summary>
    public bool Erase(string digest)
    {
        if (PathOf(digest) is not { } path)
            return false;
        return Guarded("Erasing a blob", () =>
        {
            if (!File.Exists(path))
                return false;
            File.Delete(path);
            DurableFiles.SyncDirectory(Path.GetDirectoryName(path)!);
            return true;
        });
    }

    static T Guarded<T>(string doing, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo(doing, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo(doing, e);
        }
    }

    static void WriteSynced(string path, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            UnixCreateMode = PrivateFile,
        });
        file.Write(salt);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    byte[]? ReadWhole(string path)
    {
        if (!File.Exists(path))
            return null;
        using SafeFileHandle file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        // Longer than anything that was ever stored: reads as damaged, without reading it.
        if (length > (long)_bytesMax + SaltBytes)
            return [];
        var stored = new byte[length];
        var filled = 0;
        while (filled < stored.Length)
        {
            var count = RandomAccess.Read(file, stored.AsSpan(filled), filled);
            if (count == 0)
                return [];
            filled += count;
        }
        return stored;
    }

    static string HexDigest(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(content);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>Null for what is not a digest, so that no path is ever made of foreign characters.</summary>
    string? PathOf(string digest)
    {
        const int length = 2 * SHA256.HashSizeInBytes;
        if (!digest.StartsWith(Prefix, StringComparison.Ordinal) || digest.Length != Prefix.Length + length)
            return null;
        var name = digest[Prefix.Length..];
        foreach (var character in name)
        {
            if (!char.IsAsciiHexDigitLower(character))
                return null;
        }
        return Path.Combine(_root, name[..2], name);
    }
}
