using Writ.Requests;
using Writ.Shell;

namespace Writ.Tests.Shell;

/// <summary>Which part of a cluster or a cloud a command is about is a fact of its effects.</summary>
public sealed class ScopeTests
{
    const string Kube = "kubernetes: config default, context default, cluster default";

    public static TheoryData<string, string> Lines => new()
    {
        { "kubectl get pods", $"{Kube}, namespace default, account default" },
        { "kubectl -n web get pods", $"{Kube}, namespace web, account default" },
        { "kubectl get pods -n web", $"{Kube}, namespace web, account default" },
        { "kubectl get pods --namespace=web", $"{Kube}, namespace web, account default" },
        { "kubectl get pods -nweb", $"{Kube}, namespace web, account default" },
        { "kubectl -n a get pods -n b", $"{Kube}, namespace b, account default" },
        { "kubectl get pods -A", $"{Kube}, namespace *, account default" },
        { "kubectl get pods -n \"$NS\"", $"{Kube}, namespace unknown, account default" },
        { "kubectl --context prod delete pod x",
            "kubernetes: config default, context prod, cluster default, namespace default, account default" },
        { "kubectl delete pod x --context=prod -n web",
            "kubernetes: config default, context prod, cluster default, namespace web, account default" },
        { "KUBECONFIG=/x/prod kubectl get pods",
            "kubernetes: config /x/prod, context default, cluster default, namespace default, account default" },
        { "helm -n web list",
            "kubernetes: config default, context default, cluster default, namespace web, account default" },
        { "aws s3 ls", "aws: cluster default, account default, profile default, region default" },
        { "aws --profile prod --region eu-west-1 ec2 describe-instances",
            "aws: cluster default, account default, profile prod, region eu-west-1" },
        { "aws ec2 describe-instances --region eu-west-1",
            "aws: cluster default, account default, profile default, region eu-west-1" },
        { "AWS_PROFILE=prod aws s3 ls", "aws: cluster default, account default, profile prod, region default" },
        { "AWS_PROFILE=$P aws s3 ls", "aws: cluster default, account default, profile unknown, region default" },
        { "env AWS_REGION=eu-west-1 aws s3 ls",
            "aws: cluster default, account default, profile default, region eu-west-1" },
        { "gcloud compute instances list --project shop",
            "gcloud: account default, profile default, region default, project shop" },
        { "az vm list --subscription prod -g web", "azure: account prod, region default, project web" },
        { "terraform apply", "terraform: config default, context default" },
        { "TF_WORKSPACE=prod terraform apply", "terraform: config default, context prod" },
        { "sudo kubectl -n web delete pod x", $"{Kube}, namespace web, account default" },
        { "ls", "" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void An_effect_says_where_it_takes_place(string line, string expected)
    {
        var terms = Given.Terms(new SessionId("s"), "release-prod");
        var facts = RequestFacts.Of(new Request(
            new RequestId("r"), terms.Id, new Ask.ShellLine(line), Assurance.Brokered, terms.WorkTree, [],
            "/usr/bin/bash", new string('a', 64), OutsidePath: false, null), terms);
        var scopes = facts.Effects.Where(e => e.Scope is not null).Select(e => e.Scope!.ToString()).Distinct();
        Assert.Equal(expected.Length == 0 ? [] : [expected], scopes);
    }
}
