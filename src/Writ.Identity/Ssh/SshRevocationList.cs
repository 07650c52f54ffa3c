namespace Writ.Identity.Ssh;

/// <summary>What one authority has taken back.</summary>
/// <param name="Authority">Its public key.</param>
public sealed record SshRevoked(byte[] Authority, IEnumerable<ulong> Serials, IEnumerable<string> KeyIds);

/// <summary>
/// A list of certificates that are no longer good (PROTOCOL.krl of OpenSSH): each by its authority and its key id, and
/// by its serial number where that is known.
/// </summary>
public static class SshRevocationList
{
    const ulong Magic = 0x5353_484B_524C_0A00;
    const uint FormatVersion = 1;
    const byte Certificates = 1;
    const byte SerialList = 0x20;
    const byte KeyIds = 0x23;

    /// <param name="version">Greater than that of the list before.</param>
    public static byte[] Write(ulong version, DateTimeOffset at, params IEnumerable<SshRevoked> revoked)
    {
        var list = new SshWriter().Long(Magic).Number(FormatVersion).Long(version)
            .Long((ulong)at.ToUnixTimeSeconds()).Long(0).Text([]).Text("writ");
        foreach (var of in revoked)
            Add(list, of);
        return list.ToArray();
    }

    static void Add(SshWriter list, SshRevoked of)
    {
        var revoked = new SshWriter().Text(of.Authority).Text([]);
        var (numbers, names) = (new SshWriter(), new SshWriter());
        var (hasNumbers, hasNames) = (false, false);
        // Zero is the number of certificates without one.
        foreach (var serial in of.Serials.Where(s => s != 0).Distinct().Order())
        {
            numbers.Long(serial);
            hasNumbers = true;
        }
        foreach (var id in of.KeyIds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            names.Text(id);
            hasNames = true;
        }
        if (hasNumbers)
            revoked.Byte(SerialList).Text(numbers.ToArray());
        if (hasNames)
            revoked.Byte(KeyIds).Text(names.ToArray());
        if (hasNumbers || hasNames)
            list.Byte(Certificates).Text(revoked.ToArray());
    }
}
