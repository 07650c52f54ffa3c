using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Writ.Testing;
using Writ.Wire;

namespace Writ.Tests.Realms;

/// <summary>
/// Every refusal the core knows is reached by a move that deserves it: one row a rule. A code in the source without a
/// row here fails, so a rule cannot be written that nobody has tried to break.
/// </summary>
public sealed partial class RefusalTests
{
    static readonly ImmutableArray<RefusalCase> Cases =
    [
        .. RealmRefusals.Cases, .. ChangeRefusals.Cases, .. SessionRefusals.Cases, .. RequestRefusals.Cases,
        .. ApprovalRefusals.Cases, .. HoldRefusals.Cases, .. TreeRefusals.Cases,
        .. RollbackRefusals.Cases, .. LeaseRefusals.Cases, .. IdentityRefusals.Cases, .. PolicyRefusals.Cases,
        .. PolicyRefusals.Findings,
        .. PolicyLifeRefusals.Cases, .. DocumentRefusals.Cases, .. AssistantRefusals.Cases,
        .. FindingRefusals.Cases,
        .. ForeignRefusals.Cases, .. PreparationRefusals.Cases, .. SignInRefusals.Cases,
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Every_rule_refuses_with_its_code(int row)
    {
        var (code, attempt) = Cases[row];
        Assert.Equal(code, attempt(World.WithEverybody()));
    }

    [Fact]
    public void Every_code_in_the_core_has_a_row()
    {
        var core = Path.Combine(SharedData.RepositoryRoot, "src", "Writ");
        var codes = Directory.EnumerateFiles(core, "*.cs", SearchOption.AllDirectories)
            // These hold names of moves, entries and files, not refusals.
            .Where(f => Path.GetFileName(f) is not ("Move.cs" or "Entry.cs" or "Delivery.cs"))
            .SelectMany(f => Code().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))
            .Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(codes.Count > 100, "the source was found");
        Assert.Empty(codes.Except(Cases.Select(c => c.Code)));
        Assert.Empty(Cases.Select(c => c.Code).Except(RefusalCatalog.All.Keys));
    }

    [GeneratedRegex(
        "\"((?:realm|person|change|session|request|approval|writ|run|hold|kill|rollback|policy"
        + "|agent|workflow|audit|tree|lease|identity|finding|foreign|pass|preparation)\\.[a-z]+(?:-[a-z]+)*)\"")]
    private static partial Regex Code();
}

/// <summary>One attempt and the code with which it has to end.</summary>
sealed record RefusalCase(string Code, Func<World, string> Attempt);
