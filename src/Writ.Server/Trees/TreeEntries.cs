using System.Buffers;
using System.Security.Cryptography;
using Writ.Linux;
using Writ.Trees;

namespace Writ.Server.Trees;

/// <summary>Reads what is in a tree as values that can be compared; nothing is followed.</summary>
static class TreeEntries
{
    const int ChunkBytes = 128 * 1024;

    /// <summary>Null when nothing is there.</summary>
    /// <exception cref="TreeUnreadableException">It changes while it is read, or is no text where text is needed.
    /// </exception>
    public static TreeEntry? Read(TreeFolder folder, string name)
    {
        if (folder.TryFacts(name) is not { } facts)
            return null;
        if (facts.IsDirectory)
            return new TreeEntry(EntryKind.Directory, facts.Mode, 0, null, null);
        if (facts.IsLink)
            return new TreeEntry(EntryKind.Link, 0, 0, null, folder.TryTarget(name)
                ?? throw new TreeUnreadableException("a link says what is no text"));
        if (!facts.IsRegular)
            return new TreeEntry(EntryKind.Special, facts.Mode, 0, null, null);
        using var file = folder.TryRead(name) ?? throw new TreeUnreadableException("a file changed while it was read");
        var (digest, size) = DigestOf(file);
        return new TreeEntry(EntryKind.File, facts.Mode, size, digest, null);
    }

    /// <summary>What is at a path of the tree; null when nothing is, be it for a link or a file on the way.</summary>
    public static TreeEntry? ReadAt(TreeFolder root, string path)
    {
        var (above, name) = Split(path);
        using var folder = root.TryEnter(above);
        return folder is null ? null : Read(folder, name);
    }

    public static (string Above, string Name) Split(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? ("", path) : (path[..slash], path[(slash + 1)..]);
    }

    /// <summary>From where the file stands to its end.</summary>
    static (string Digest, long Size) DigestOf(Descriptor file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            var size = 0L;
            for (int count; (count = file.Read(buffer)) != 0; size += count)
            {
                if (count < 0)
                    throw new LinuxFaultException("read", -count);
                hash.AppendData(buffer, 0, count);
            }
            return (Convert.ToHexStringLower(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>A tree is such that what is in it cannot be told; the message is a part of a sentence for people.</summary>
sealed class TreeUnreadableException(string message) : Exception(message);
