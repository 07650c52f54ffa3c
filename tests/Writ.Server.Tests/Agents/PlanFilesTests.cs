using System.IO.Compression;
using System.Text;
using Writ.Server.Agents;
using Writ.Server.Tests.Storage;

namespace Writ.Server.Tests.Agents;

/// <summary>Archives that say they are plans; terraform's own are in <see cref="PlanTests"/>.</summary>
public sealed class PlanFilesTests
{
    const int Mebibyte = 1024 * 1024;

    public static TheoryData<string, (string Name, string Text, int Padding)[], bool> Archives => new()
    {
        { "no configuration", [], false },
        { "nothing that runs", [("tfconfig/m-/main.tf", "resource \"null_resource\" \"a\" {}", 0)], false },
        { "a provisioner", [("tfconfig/m-/main.tf", "provisioner \"local-exec\" {}", 0)], true },
        { "a provisioner in JSON", [("tfconfig/m-a/main.tf.json", """{"provisioner":{}}""", 0)], true },
        { "a file with this word elsewhere", [("notes.txt", "provisioner", 0)], false },
        { "a part beyond its limit", [("tfconfig/m-/main.tf", "", 17 * Mebibyte)], true },
        { "parts beyond their limit together", [.. Enumerable.Range(0, 9)
            .Select(i => ($"tfconfig/m-/{i}.tf", "", 15 * Mebibyte))], true },
    };

    [Theory]
    [MemberData(nameof(Archives))]
    public void A_plan_that_may_run_programs_says_so_and_what_is_too_much_to_be_read_may(
        string what, (string Name, string Text, int Padding)[] parts, bool runsCode)
    {
        using var folder = new TemporaryFolder();
        using (var archive = ZipFile.Open(folder["p.tfplan"], ZipArchiveMode.Create))
        {
            Write(archive, "tfplan", "not one of terraform's", 0);
            foreach (var (name, text, padding) in parts)
                Write(archive, name, text, padding);
        }

        var fact = PlanFiles.TryRead("p.tfplan", folder["p.tfplan"]);

        Assert.True(fact?.Plan is not null, what);
        Assert.Equal(runsCode, fact.Plan.RunsCode);
    }

    static void Write(ZipArchive archive, string name, string text, int padding)
    {
        using var part = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
        part.Write(Encoding.UTF8.GetBytes(text));
        part.Write(new byte[padding]);
    }
}
