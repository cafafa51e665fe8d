"""The network that style transfer looks through: VGG16's layers by their names, and filters that are equally loud."""

from __future__ import annotations

import pytest
import torch

from generation.engine.restyle.network import CONTENT, STYLE, VGG16, Network, balance, shapes
from tests.generation.engine.restyle.networks import NARROW, random_network, some_pictures

# What torchvision.models.vgg16().features.state_dict() holds.
OF_TORCHVISION = {
    0: (64, 3), 2: (64, 64), 5: (128, 64), 7: (128, 128), 10: (256, 128), 12: (256, 256), 14: (256, 256),
    17: (512, 256), 19: (512, 512), 21: (512, 512), 24: (512, 512), 26: (512, 512), 28: (512, 512),
}  # fmt: skip


def test_its_tensors_are_those_of_torchvision() -> None:
    wanted = {f"features.{place}.weight": (*shape, 3, 3) for place, shape in OF_TORCHVISION.items()}
    wanted |= {f"features.{place}.bias": (shape[0],) for place, shape in OF_TORCHVISION.items()}
    assert shapes(VGG16) == wanted


def test_layers_answer_by_the_names_of_the_papers() -> None:
    """Each in its own size, after the ReLU, and pooled by averages: shifted bright pixels count the same."""
    network = random_network()
    seen = network(torch.rand(1, 3, 64, 96), {CONTENT, *STYLE})
    assert {name: tuple(answer.shape) for name, answer in seen.items()} == {
        "conv1_1": (1, 3, 64, 96), "conv2_1": (1, 4, 32, 48), "conv3_1": (1, 5, 16, 24),
        "conv4_1": (1, 6, 8, 12), "conv4_2": (1, 6, 8, 12), "conv5_1": (1, 7, 4, 6),
    }  # fmt: skip
    assert all(float(answer.min()) >= 0 for answer in seen.values())
    first = network(torch.rand(1, 3, 64, 96), ["conv1_2", "conv2_1"])
    pooled = torch.nn.functional.avg_pool2d(first["conv1_2"], 2)
    assert torch.allclose(network.features[5:7](pooled), first["conv2_1"])


def test_it_is_the_same_network_as_torchvisions_but_for_the_pooling() -> None:
    vision = pytest.importorskip("torchvision").models.vgg16().features.eval()
    ours = Network()
    ours.load_state_dict({f"features.{name}": tensor for name, tensor in vision.state_dict().items()})
    picture = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        theirs = vision[:4]((picture - ours.mean) / ours.spread)
    assert torch.allclose(ours(picture, ["conv1_2"])["conv1_2"], theirs, atol=1e-5)


def test_balanced_filters_answer_with_a_mean_of_one() -> None:
    """And what the network sees is the same picture: its answers differ by a factor for each filter, nothing else."""
    network, pictures = random_network(), some_pictures()
    names = list(network.places)
    before = [network(picture, names) for picture in pictures]
    balance(network, pictures)
    after = [network(picture, names) for picture in pictures]
    for name in names:
        means = torch.stack([seen[name].mean(dim=(0, 2, 3)) for seen in after]).mean(dim=0)
        was = torch.stack([seen[name].mean(dim=(0, 2, 3)) for seen in before]).mean(dim=0)
        loud = was >= 0.25 * was.mean()
        assert loud.any()
        assert torch.allclose(means[loud], torch.ones(int(loud.sum())), atol=1e-3), name
        assert (means[~loud] < 1).all()
        factor = torch.where(was > 0, means / was, torch.ones(len(was))).view(1, -1, 1, 1)
        assert torch.allclose(after[0][name], before[0][name] * factor, rtol=1e-3, atol=1e-4)


def test_a_filter_that_never_answers_stays_silent() -> None:
    network = random_network()
    network.features[0].weight[1] = 0
    network.features[0].bias[1] = -1
    balance(network, some_pictures())
    seen = network(some_pictures(1)[0], ["conv1_1", "conv5_3"])
    assert not seen["conv1_1"][:, 1].any()
    assert all(torch.isfinite(answer).all() for answer in seen.values())
    assert len(NARROW) == 5
