using System.Collections.Immutable;
using System.Text;

namespace Writ.Shell.Knowledge;

/// <summary>
/// Reads the <c>tfplan</c> part of a saved plan: a protocol-buffer message, described in
/// <c>internal/plans/planproto/planfile.proto</c> of terraform, of which only the changes count here. A field or an
/// action that this version does not know makes the plan doubtful: it could be one that acts.
/// </summary>
public static class PlanReader
{
    /// <summary>Changes of one plan that are told one by one.</summary>
    public const int ChangesMax = 100;

    /// <summary>Characters of all their addresses together.</summary>
    public const int CharsMax = 6_000;

    const ulong FormatVersion = 3;

    // Variables, outputs, targets, backend, version, what is relevant, forced or checked, mode, drift, time, results.
    static readonly ImmutableHashSet<int> _known = [1, 2, 3, 4, 5, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 25, 26];

    public static PlanFact Read(ReadOnlySpan<byte> plan)
    {
        var changes = ImmutableArray.CreateBuilder<PlannedChange>();
        var (version, chars, workspace) = (0UL, 0, "");
        string? doubt = null;
        while (!plan.IsEmpty)
        {
            if (!TryField(ref plan, out var number, out var value, out var bytes))
                return PlanFact.Unreadable("it is damaged");
            switch (number)
            {
                case 1:
                    version = value;
                    break;
                case 3 when Change(bytes, ref doubt) is { } change:
                    if (changes.Count == ChangesMax || (chars += change.Address.Length) > CharsMax)
                        doubt = "it has more changes than can be told one by one";
                    else
                        changes.Add(change);
                    break;
                case 13:
                    workspace = Text(bytes, 3);
                    break;
                case 20 when value != 0:
                    doubt = "it was made in spite of an error";
                    break;
                default:
                    if (!_known.Contains(number))
                        doubt = $"it has a part that this version does not know ({number})";
                    break;
            }
        }
        return version == FormatVersion
            ? new PlanFact([.. changes.OrderBy(c => c.Address, StringComparer.Ordinal)], workspace, false, doubt)
            : PlanFact.Unreadable($"its format is of another version ({version})");
    }

    // Null for what is only read, or stays as it is.
    static PlannedChange? Change(ReadOnlySpan<byte> change, ref string? doubt)
    {
        var (address, deposed) = ("", "");
        var action = 0UL;
        while (!change.IsEmpty)
        {
            if (!TryField(ref change, out var number, out _, out var bytes))
            {
                doubt = "a change in it is damaged";
                return null;
            }
            if (number == 13)
                address = Encoding.UTF8.GetString(bytes);
            else if (number == 7)
                deposed = Encoding.UTF8.GetString(bytes);
            else if (number == 9)
                while (!bytes.IsEmpty)
                    if (!TryField(ref bytes, out var inner, out var value, out _))
                    {
                        doubt = "a change in it is damaged";
                        return null;
                    }
                    else if (inner == 1)
                        action = value;
        }
        string? word = action switch
        {
            0 or 2 => null,
            1 => "create",
            3 => "update",
            5 => "delete",
            6 or 7 => "replace",
            8 => "forget",
            _ => "",
        };
        if (word is null)
            return null;
        if (word.Length == 0 || address.Length == 0)
        {
            doubt = $"it has an action that this version does not know ({action})";
            return null;
        }
        return new PlannedChange(deposed.Length == 0 ? address : $"{address} (deposed {deposed})", word);
    }

    static string Text(ReadOnlySpan<byte> message, int wanted)
    {
        while (!message.IsEmpty && TryField(ref message, out var number, out _, out var bytes))
            if (number == wanted)
                return Encoding.UTF8.GetString(bytes);
        return "";
    }

    // One field: a number, or bytes. Groups are not used by any version.
    static bool TryField(ref ReadOnlySpan<byte> from, out int number, out ulong value, out ReadOnlySpan<byte> bytes)
    {
        (number, value) = (0, 0);
        bytes = default;
        if (!TryNumber(ref from, out var key) || key >> 3 is 0 or > int.MaxValue)
            return false;
        number = (int)(key >> 3);
        var kind = (int)(key & 7);
        if (kind == 0)
            return TryNumber(ref from, out value);
        ulong length = kind == 1 ? 8u : kind == 5 ? 4u : 0u;
        if (kind == 2 ? !TryNumber(ref from, out length) : length == 0)
            return false;
        if (length > (ulong)from.Length)
            return false;
        bytes = from[..(int)length];
        from = from[(int)length..];
        return true;
    }

    static bool TryNumber(ref ReadOnlySpan<byte> from, out ulong number)
    {
        number = 0;
        for (var i = 0; i < from.Length && i < 10; i++)
        {
            number |= (ulong)(from[i] & 0x7F) << (7 * i);
            if (from[i] < 0x80)
            {
                from = from[(i + 1)..];
                return true;
            }
        }
        return false;
    }
}
