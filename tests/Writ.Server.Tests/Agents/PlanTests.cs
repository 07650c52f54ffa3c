using System.Diagnostics;
using System.Text.Json;
using Writ.Requests;
using Writ.Testing;

namespace Writ.Server.Tests.Agents;

/// <summary>A plan that the real terraform saved, against what terraform itself says of it.</summary>
public sealed class PlanTests
{
    const string Before = """
        resource "terraform_data" "a" { input = "1" }
        resource "terraform_data" "b" {
          count = 2
          input = count.index
        }
        resource "terraform_data" "c" {
          triggers_replace = "x"
        }
        """;

    const string After = """
        resource "terraform_data" "a" { input = "2" }
        resource "terraform_data" "b" {
          count = 1
          input = count.index
        }
        resource "terraform_data" "c" {
          triggers_replace = "y"
        }
        resource "terraform_data" "d" {
          for_each = { "p q" = 1 }
          input = each.value
        }
        """;

    [Fact]
    public async Task A_saved_plan_does_what_terraform_says_it_does_and_a_new_one_is_another_request()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await Write(tree, Before);
        Terraform(tree, "apply", "-auto-approve", "-no-color");
        await Write(tree, After);
        Terraform(tree, "plan", "-no-color", "-out=p.tfplan");
        using var shown = JsonDocument.Parse(Terraform(tree, "show", "-json", "p.tfplan"));
        var expected = shown.RootElement.GetProperty("resource_changes").EnumerateArray()
            .SelectMany(c => Effects(
                c.GetProperty("address").GetString()!,
                [.. c.GetProperty("change").GetProperty("actions").EnumerateArray().Select(a => a.GetString()!)]))
            .Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(5, expected.Length);

        Assert.Equal(4, (await WritCommand.Run(world, tree, "--", "terraform", "apply", "p.tfplan")).Exit);
        var id = world.Waiting(session).Single();
        var waiting = (RequestState.Waiting)world.State.Find(id)!.Value.Request;
        Assert.Equal(expected, waiting.Verdict.Effects.Where(e => e.Verb is "infra.write" or "infra.delete")
            .Select(e => $"{e.Verb} {e.Object}").Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(waiting.Verdict.Unresolved);
        Assert.Equal("default", waiting.Request.Files!.Value.Single(f => f.Plan is not null).Plan!.Workspace);

        await world.Approve(id);
        await Write(tree, "");
        Terraform(tree, "plan", "-no-color", "-out=p.tfplan");
        var ended = await WritCommand.Run(world, tree, "--request", id.Value);
        Assert.Contains("approval.stale", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_plan_is_not_understood()
    {
        await using var world = await AgentWorld.Create();
        var (session, tree) = await world.OpenSession();
        await File.WriteAllTextAsync(
            Path.Combine(tree, "p.tfplan"), "PK not an archive", TestContext.Current.CancellationToken);
        Assert.Equal(4, (await WritCommand.Run(world, tree, "--", "terraform", "apply", "p.tfplan")).Exit);
        var waiting = (RequestState.Waiting)world.State.Find(world.Waiting(session).Single())!.Value.Request;
        Assert.Contains(waiting.Verdict.Unresolved, u => u.Why.Contains("damaged", StringComparison.Ordinal));
    }

    static IEnumerable<string> Effects(string address, string[] actions)
    {
        if (actions.Contains("delete"))
            yield return $"infra.delete {address}";
        if (actions.Contains("create") || actions.Contains("update"))
            yield return $"infra.write {address}";
    }

    static Task Write(string tree, string text) =>
        File.WriteAllTextAsync(Path.Combine(tree, "main.tf"), text, TestContext.Current.CancellationToken);

    static string Terraform(string tree, params string[] arguments)
    {
        const string program = "/usr/local/bin/terraform";
        if (!File.Exists(program))
            SharedData.Unavailable("terraform is not installed");
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = tree,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["CHECKPOINT_DISABLE"] = "1", ["TF_IN_AUTOMATION"] = "1" },
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult() + output);
        return output;
    }
}
