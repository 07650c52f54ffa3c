namespace Writ.Identity.Ssh;

/// <summary>
/// A list of certificates of one authority that are no longer good (PROTOCOL.krl of OpenSSH): each by its key id, and
/// by its serial number where that is known.
/// </summary>
public static class SshRevocationList
{
    const ulong Magic = 0x5353_484B_524C_0A00;
    const uint FormatVersion = 1;
    const byte Certificates = 1;
    const byte SerialList = 0x20;
    const byte KeyIds = 0x23;

    /// <param name="authority">The public key of the authority.</param>
    /// <param name="version">Greater than that of the list before.</param>
    public static byte[] Write(
        ReadOnlySpan<byte> authority, ulong version, DateTimeOffset at, IEnumerable<ulong> serials,
        IEnumerable<string> keyIds)
    {
        var list = new SshWriter().Long(Magic).Number(FormatVersion).Long(version)
            .Long((ulong)at.ToUnixTimeSeconds()).Long(0).Text([]).Text("writ");
        var revoked = new SshWriter().Text(authority).Text([]);
        var (numbers, names) = (new SshWriter(), new SshWriter());
        var (hasNumbers, hasNames) = (false, false);
        // Zero is the number of certificates without one.
        foreach (var serial in serials.Where(s => s != 0).Distinct().Order())
        {
            numbers.Long(serial);
            hasNumbers = true;
        }
        foreach (var id in keyIds.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
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
        return list.ToArray();
    }
}
