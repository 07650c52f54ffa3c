using System.IO.Compression;
using System.Security.Cryptography;
using Writ.Requests;
using Writ.Shell.Knowledge;

namespace Writ.Server.Agents;

/// <summary>Saved plans of terraform on this disk: archives whose part <c>tfplan</c> says what they change.</summary>
static class PlanFiles
{
    const long BytesMax = 64 * 1024 * 1024;
    const int PartBytesMax = 16 * 1024 * 1024;
    const long PartsBytesMax = 128 * 1024 * 1024;
    const int PartsMax = 10_000;

    /// <summary>What the file is, with the digest of the very bytes that were read; null when it is no plan.</summary>
    public static FileFact? TryRead(string path, string real)
    {
        byte[] bytes;
        try
        {
            var file = new FileInfo(real);
            if (!file.Exists || file.Length is 0 or > BytesMax)
                return null;
            bytes = File.ReadAllBytes(real);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        if (!bytes.AsSpan().StartsWith("PK"u8))
            return null;
        var plan = Read(bytes);
        return plan is null ? null : new FileFact(path, real, Convert.ToHexStringLower(SHA256.HashData(bytes)), plan);
    }

    static PlanFact? Read(byte[] bytes)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            if (archive.Entries.Count > PartsMax)
                return PlanFact.Unreadable("it has too many parts");
            // Readers of an archive differ in which of two parts of one name they take.
            var parts = archive.Entries.Where(e => e.FullName == "tfplan").ToArray();
            if (parts.Length != 1)
                return parts.Length == 0 ? null : PlanFact.Unreadable("it has two plans in it");
            var fact = Content(parts[0]) is { } plan
                ? PlanReader.Read(plan)
                : PlanFact.Unreadable("it is too large");
            return fact with { RunsCode = MayRunCode(archive) };
        }
        catch (InvalidDataException)
        {
            return PlanFact.Unreadable("it is damaged");
        }
    }

    // A provisioner is named so in either of the two syntaxes. What is too much to be looked through may name one.
    static bool MayRunCode(ZipArchive archive)
    {
        var left = PartsBytesMax;
        foreach (var entry in archive.Entries)
        {
            if (!entry.FullName.StartsWith("tfconfig/", StringComparison.Ordinal)
                || entry.FullName == "tfconfig/modules.json")
                continue;
            if (Content(entry) is not { } text || (left -= text.Length) < 0
                || text.AsSpan().IndexOf("provisioner"u8) >= 0)
                return true;
        }
        return false;
    }

    // Null beyond the limit, whatever the archive says of the size.
    static byte[]? Content(ZipArchiveEntry entry)
    {
        if (entry.Length > PartBytesMax)
            return null;
        using var part = entry.Open();
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = part.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, count);
            if (content.Length > PartBytesMax)
                return null;
        }
        return content.ToArray();
    }
}
